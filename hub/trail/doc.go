// Package trail keeps who did or looked at what, when, from where and on what ground, so that nobody can look unseen and
// nobody can change afterwards what was seen.
//
// A Call stands for one request. The door makes it before anything else runs, the parts behind it tell whose it is and
// what it is about (Enter), hub/access leaves its decisions in it, and readers add their looks (Note). Then:
//
//	a look        is written before its answer leaves, in a batch with those that end at the same moment (Writer)
//	a change      is written in the very transaction that makes it, as begun, or as done where that is known there;
//	              how it ended is written before its answer leaves
//	a refusal     is written as the others are
//
// What cannot be written is not answered: the caller is told to come again. Entries name ids, roles and words of closed
// sets. Of where a call came from there is the kind of address, a keyed index of it, by which equal ones are known and
// from which it cannot be read, and platform and browser in a word each.
//
// Each closed hour is sealed: Close hashes its entries (digest.go) and hands the digest over as a receipt, which goes into
// the signed log as every receipt does. From then on an entry that was changed, removed, added or dated back is found by
// its name: hub/audit does.
package trail
