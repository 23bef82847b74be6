// Package rekey changes the keys of the vault while the hub runs: the one that seals, and the one of the blind indexes.
//
// The key file brings keys, the database says which is used how, and every process follows the database, so that all change
// over together and no process is stopped. A rotation has three steps, each of them an operator's:
//
//	rotate   new keys into the key file; the file goes to every machine         coming
//	promote  once every process has said that it holds them                     primary, the former ones old
//	finish   once nothing uses the old ones any more, by query                  retired, then out of the file
//
// While keys are coming, whoever holds them opens what they sealed, and writes the new index beside the former. From the
// promotion on new rows are sealed under the new key, every index has both values, and the workers rewrite what is there:
// in batches that skip rows which somebody else has locked, each a short transaction that also notes how far it came. A
// worker that dies loses nothing but its batch.
//
// Nobody is enrolled twice meanwhile. Every index key but a retired one is in every row that is written, Postgres refuses a
// row without, and each column is unique. So any two processes, at whatever step, share an index that is complete: the
// former one until it retires, the new one from then on. A process that slept through a rotation is refused by Postgres
// when it seals under a retired key; it loses nothing that it said was accepted.
//
// What receipts commit to is plaintext and salt. Neither changes with the key that a field is sealed under.
package rekey
