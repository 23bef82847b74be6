// Package ledger is how receipts are proved: pure functions over bytes, with which anybody can check a receipt with the
// log's public key alone. hub/seal writes the log with it, the hub serves it, and who verifies needs nothing else.
//
// # The canonical form of a receipt, form 1
//
// A receipt is a set of fields, each a label and a value in canonical JSON. Fields that have no value are left out.
//
//	id notice submitter case recipient actor/id     a UUID in its canonical form
//	at recorded_at                                  RFC 3339, UTC, always six digits of a second
//	event capacity actor/kind actor/auth channel provider provider/message_id provider/status reason rule rule/version
//	parts/K                                         member K of details.parts: SHA-256 of the parts as served
//	details/K                                       any other member K of details
//
// Canonical JSON has no white space, members sorted by the bytes of their names, strings in which only `"`, `\` and the
// control characters are escaped (as RFC 8785 §3.2.2.2 has it), and numbers as the store printed them. The form is
// total: whatever the store can hold has one, for a receipt that could not be sealed would stop all others.
//
//	nonce(label)  = the first 16 bytes of SHA-256(salt ‖ label)
//	field(label)  = SHA-256(nonce(label) ‖ label ‖ 0x00 ‖ value)
//	commitment    = SHA-256("eblagh receipt form 1" ‖ 0x00 ‖ (label ‖ 0x00 ‖ field(label)) for each label in order)
//
// The salt is 16 random bytes of the receipt's own. Each field is committed to apart, so that a bundle can leave some
// out (a paper that its addressee has yet to open shows no digests that could be guessed) and still prove the rest.
// What is left out shows its label and no more.
//
// # What is public
//
// An entry of the log is one line, and hashed per RFC 6962 §2.1:
//
//	eblagh/receipt/1 SECONDS COMMITMENT             a receipt: the second it was recorded in, base64
//	eblagh/key/1 SECONDS add|retire VERIFIERKEY     the history of the log's keys
//
// Nothing of a receipt can be learnt or linked from it without its salt. The second is there so that everybody who
// watches sees a receipt that is sealed late, or dated back. The log is kept as C2SP tlog-tiles; its head is a C2SP
// tlog-checkpoint whose one extension line says its time: "time 2026-01-02T03:04:05.000000Z".
//
// # What proves a notice
//
// A Bundle holds everything about one notice: receipts with what opens their commitments, inclusion proofs, the
// checkpoint, timestamps of it or of an earlier one, and the history of keys. Verify checks all of that and says, check
// by check, what holds, what fails and what is not there.
package ledger
