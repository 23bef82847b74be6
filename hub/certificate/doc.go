// Package certificate makes the paper that a court or an addressee carries away: a certificate of service, or of
// non-service, in Persian and English.
//
// What it says is a Content, a plain value made of sealed receipts, the legal answer that follows from them, and the
// cover facts of the paper; Set turns it into a PDF. The same Content gives the same bytes on every machine, for the
// layout (Template) and its words (words/*.json) are part of the program and no clock is read: so the digest of the
// unsigned paper can be sealed into the log like any other event. The certificate states what held as of a named
// checkpoint, and says how to check it without trusting whoever issued it.
//
// Issue makes the certificate of a notice once: the paper is signed with an X.509 key (Key), kept, and the receipt
// CertificateIssued that carries its digest is written in the same transaction. As long as nothing new has happened to
// the notice, whoever asks again gets the same file.
package certificate
