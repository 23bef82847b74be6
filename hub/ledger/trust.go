package ledger

import (
	"errors"
	"fmt"
	"slices"
	"strconv"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// trust is which keys are believed, starting from those that the caller has. It grows both ways: forward, by a key whose
// beginning is in a checkpoint that a believed key signed; and backward, once the bundle's checkpoint holds, by every
// key that its log names.
type trust struct {
	keys    Keys
	retired map[uint32]int64 // by key hash: the entry that retires it
	changes []change
}

// change is a KeyChange as far as it could be read.
type change struct {
	KeyChange
	entry    Entry
	verifier note.Verifier
	head     Checkpoint
}

func newTrust(keys Keys) *trust {
	return &trust{keys: Keys{keys.origin, slices.Clone(keys.list)}, retired: map[uint32]int64{}}
}

// follow reads the history in the order of the log and goes forward with it as far as it must. Errors: it cannot be read,
// or a change is not in the checkpoint that it comes with.
func (t *trust) follow(history []KeyChange) error {
	last := int64(-1)
	for _, step := range history {
		if step.Index <= last {
			return errors.New("the history of keys is out of order")
		}
		last = step.Index
		c, signed, err := t.read(step)
		if err != nil {
			return fmt.Errorf("the change of keys at %d: %w", step.Index, err)
		}
		t.changes = append(t.changes, c)
		if signed {
			t.take(c)
		}
	}
	return nil
}

// read reads one change. signed says that a believed key signed the checkpoint that holds it.
func (t *trust) read(step KeyChange) (c change, signed bool, err error) {
	c.KeyChange = step
	if c.entry, err = ParseEntry([]byte(step.Entry)); err != nil || c.entry.Key == "" {
		return c, false, errors.New("it is no change of keys")
	}
	if c.verifier, err = note.NewVerifier(c.entry.Key); err != nil || c.verifier.Name() != t.keys.origin {
		return c, false, errors.New("the key is not one of this log")
	}
	var by []uint32
	if c.head, by, err = readCheckpoint(step.Checkpoint, t.keys); err != nil {
		return c, false, fmt.Errorf("the checkpoint that holds it: %w", err)
	}
	if step.Index >= c.head.N || tlog.CheckRecord(step.Inclusion, c.head.N, c.head.Hash, step.Index, tlog.RecordHash([]byte(step.Entry))) != nil {
		return c, false, errors.New("its checkpoint does not hold it")
	}
	return c, len(by) > 0 && !t.allRetired(by, c.head.N), nil
}

func (t *trust) take(c change) {
	if c.entry.Retire {
		t.retired[c.verifier.KeyHash()] = c.Index
	} else {
		t.keys.list = withKey(t.keys.list, c.verifier)
	}
}

// settle holds the whole history against the checkpoint that it leads to: its log must extend each step's. Then all keys
// that it names are known, and each step must be signed by one of them.
func (t *trust) settle(now Checkpoint) error {
	for _, c := range t.changes {
		if c.head.N > now.N || checkTree(c.Proof, now.Tree, c.head.Tree) != nil {
			return fmt.Errorf("the change of keys at %d is of a log that the checkpoint does not extend", c.Index)
		}
		t.take(c)
	}
	for _, c := range t.changes {
		if _, err := OpenCheckpoint(c.Checkpoint, t.keys); err != nil {
			return fmt.Errorf("the checkpoint of the change of keys at %d: %w", c.Index, err)
		}
	}
	return nil
}

// allRetired reports whether all of these keys had been retired in a log of that size.
func (t *trust) allRetired(hashes []uint32, size int64) bool {
	return !slices.ContainsFunc(hashes, func(hash uint32) bool {
		at, gone := t.retired[hash]
		return !gone || at >= size
	})
}

// withKey adds a key that is not there yet: a list with one twice opens no note.
func withKey(list []note.Verifier, v note.Verifier) []note.Verifier {
	if slices.ContainsFunc(list, func(k note.Verifier) bool { return k.KeyHash() == v.KeyHash() }) {
		return list
	}
	return append(list, v)
}

// readCheckpoint reads a checkpoint that may be signed by keys that are not known: then by is empty, and what it says
// must be proved otherwise. Errors: no checkpoint of this log, or a known key's signature that is wrong.
func readCheckpoint(signed string, keys Keys) (c Checkpoint, by []uint32, err error) {
	n, err := keys.open(signed)
	var unverified *note.UnverifiedNoteError
	switch {
	case errors.As(err, &unverified):
		n = unverified.Note
	case err != nil:
		return c, nil, fmt.Errorf("the signature: %w", err)
	}
	if c, err = ParseCheckpoint(n.Text); err != nil {
		return c, nil, err
	}
	if c.Origin != keys.origin {
		return c, nil, fmt.Errorf("it is of the log %q, the key is of %q", c.Origin, keys.origin)
	}
	for _, sig := range n.Sigs {
		by = append(by, sig.Hash)
	}
	return c, by, nil
}

func indexText(index int64) string { return strconv.FormatInt(index, 10) }
