// Package retention knows the kinds of case: which are restricted, and who is assigned to work on one. It keeps papers for
// as long as is said for each kind, and lets go of what is over: the bytes of documents, the contacts that people have no
// more, the codes that can be met no more.
//
// What is erased leaves its digest, its receipts and their proofs, which stay valid. What is under a legal hold is not
// erased, whoever asks: Postgres refuses it, and the rows of the cases are the lock between a hold and an erasure. A branch
// places a hold on a case of its own or on one paper of it; its judges alone lift one.
//
// The hub knows no norm that says for how long a paper is kept. So by itself it erases no document: an operator who knows
// one sets the days for a kind of case, with the basis, which then stands in the receipt of each erasure.
package retention
