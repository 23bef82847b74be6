package ledger

import (
	"fmt"

	"golang.org/x/mod/sumdb/tlog"
)

// ProveInclusion proves that the tree holds its entry at index.
func ProveInclusion(tree tlog.Tree, index int64, r tlog.HashReader) (tlog.RecordProof, error) {
	proof, err := tlog.ProveRecord(tree.N, index, r)
	if err != nil {
		return nil, fmt.Errorf("prove that entry %d is in the log: %w", index, err)
	}
	return orEmpty(proof), nil
}

// ProveConsistency proves that the tree extends the log of old entries.
func ProveConsistency(tree tlog.Tree, old int64, r tlog.HashReader) (tlog.TreeProof, error) {
	if old == 0 || old == tree.N {
		return tlog.TreeProof{}, nil
	}
	proof, err := tlog.ProveTree(tree.N, old, r)
	if err != nil {
		return nil, fmt.Errorf("prove that the log extends that of %d entries: %w", old, err)
	}
	return proof, nil
}

// RootAt is the root that the tree's log had with its first old entries.
func RootAt(old int64, r tlog.HashReader) (tlog.Hash, error) {
	root, err := tlog.TreeHash(old, r)
	if err != nil {
		return tlog.Hash{}, fmt.Errorf("root of %d entries: %w", old, err)
	}
	return root, nil
}
