// Package audit walks everything that the hub has written down and holds it against the signed log: for whoever does not
// want to believe the database.
//
// The log comes first (log.go): every entry is recomputed from its receipt, every tile from the entries, every root and
// signature of a checkpoint from the tiles, and the whole against checkpoints that were kept outside the database. What
// this finds right is what was signed. Then the rows go one by one (rows.go): receipts that the log lacks, arrivals and
// openings against their receipts and the other way round, texts and documents against the digests that were sealed when
// they were accepted.
//
// It reads in batches of bounded size, beside the running hub and up to the checkpoint it started with, and can be
// stopped and taken up again where it was (State). Whatever is wrong is told as a Finding with a kind of a closed set and
// the name of the thing; it goes on to the end.
package audit
