// Package document takes papers in. What a submitter uploads is judicial paper for somebody else's eyes, so it is
// examined before it is kept: it must be what it says it is (PDF, JPEG or PNG), whole, readable without a password, and
// passive. A PDF that carries scripts, attachments or actions on the reader's machine is refused: what a court serves is
// what a person sees.
//
// Examining hostile files is done under limits: bytes while reading, pixels and unpacked bytes before unpacking, time,
// and how many at once. Documents are immutable and known by their SHA-256; the same bytes of the same submitter are one
// document. Bytes are sealed under the document's id and kept behind Blobs.
package document
