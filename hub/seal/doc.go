// Package seal writes the log that hub/ledger describes: it takes receipts from the queue that the database fills, and
// seals them within two seconds, or acceptance pauses.
//
// One Writer at a time, over all processes: it holds a lock of the database's session in which it also writes, so that
// a writer that lost its lock cannot write any more. Sealing a batch is a row of steps, each durable before the next:
//
//	read    the oldest receipts that wait, and what the log commits to of them
//	append  one transaction: tiles, leaves, the queue's rows deleted, the new head, not yet signed
//	sign    the head, with every key in force
//	keep    the signed checkpoint in a file of the writer's own: synced, renamed
//	publish the signature into the head's row: from here on it is public
//
// Nothing is signed that could get lost, and nothing is public that the file does not know. So the writer can tell, at
// every start, a crash (the head is there, its signature is not: sign it) from a database that was rolled back or forked
// (the file knows more, or otherwise). The latter is refused, loudly; acceptance pauses in every process until a database
// is back that extends what the file holds.
//
// An error in any step leaves unknown what took effect. The writer does not guess: it lets go of the lock and of all
// that it has in memory, and begins anew from the database. Recovery is the path of every start.
package seal
