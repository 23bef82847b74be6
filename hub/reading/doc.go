// Package reading is the one road to what a paper says. Whoever asks, whatever the path, the same four things happen:
// hub/access decides on the action, the store is read as that principal under row-level security, the look is recorded
// in the same transaction (what cannot be recorded is not shown), and only then is ciphertext opened.
//
// An addressee sees covers until they open: number, kind, branch, arrival and what opening means. The store does not
// even hand out the ciphertext of an unopened paper on that road. The submitter's side reads its own notices in full,
// but a clerk who is the addressee of one waits like everybody else. A look here is never an opening: that is written
// by hub/dispatch, when the addressee says so.
//
// What belongs to others is looked for by the same query as what does not exist, and answers the same: not-found.
package reading
