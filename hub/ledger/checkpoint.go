package ledger

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// Checkpoint is the head of the log at a moment.
type Checkpoint struct {
	Origin string
	tlog.Tree
	Time time.Time
}

var errBadCheckpoint = errors.New("not a checkpoint")

// Body writes the checkpoint, C2SP tlog-checkpoint. The time is an extension line: our verifiers go by it, others may
// ignore it.
func (c Checkpoint) Body() string {
	return fmt.Sprintf("%s\n%d\n%s\ntime %s\n", c.Origin, c.N, base64.StdEncoding.EncodeToString(c.Hash[:]), c.Time.UTC().Format(timeForm))
}

// ParseCheckpoint reads a body. Errors: anything that Body would not write.
func ParseCheckpoint(body string) (Checkpoint, error) {
	lines := strings.Split(body, "\n")
	if len(lines) != 5 {
		return Checkpoint{}, errBadCheckpoint
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || size < 0 {
		return Checkpoint{}, errBadCheckpoint
	}
	root, err := tlog.ParseHash(lines[2])
	if err != nil {
		return Checkpoint{}, errBadCheckpoint
	}
	at, err := time.Parse("time "+timeForm, lines[3])
	if err != nil {
		return Checkpoint{}, errBadCheckpoint
	}
	c := Checkpoint{Origin: lines[0], Tree: tlog.Tree{N: size, Hash: root}, Time: at}
	if c.Origin == "" || c.Body() != body {
		return Checkpoint{}, errBadCheckpoint
	}
	return c, nil
}

// ReadCheckpoint reads a signed checkpoint without looking at its signatures: for those who keep what they have checked
// before. Errors: no checkpoint.
func ReadCheckpoint(signed string) (Checkpoint, error) {
	body, _, _ := strings.Cut(signed, "\n\n")
	return ParseCheckpoint(body + "\n")
}

// Sign makes the signed note of a checkpoint, with one signature per signer. Errors: no signer, or one that fails.
func (c Checkpoint) Sign(signers ...*Signer) (string, error) {
	if len(signers) == 0 {
		return "", errors.New("a checkpoint needs a key")
	}
	list := make([]note.Signer, len(signers))
	for i, s := range signers {
		list[i] = s
	}
	signed, err := note.Sign(&note.Note{Text: c.Body()}, list...)
	return string(signed), err
}

// OpenCheckpoint reads a signed checkpoint. Errors: no signature by any of the keys, one that is wrong, another log's,
// or no checkpoint.
func OpenCheckpoint(signed string, keys Keys) (Checkpoint, error) {
	c, by, err := readCheckpoint(signed, keys)
	if err == nil && len(by) == 0 {
		return Checkpoint{}, errors.New("none of the known keys has signed it")
	}
	return c, err
}
