package ledger

import (
	"encoding/base64"
	"errors"
	"strconv"
	"strings"
	"time"
)

// The kinds of entry, each with the version of its line.
const (
	receiptEntry = "eblagh/receipt/1"
	keyEntry     = "eblagh/key/1"
)

// errBadEntry says that a line is no entry that this program writes.
var errBadEntry = errors.New("not an entry of the log")

// Entry is one line of the log: a receipt's commitment, or a change of the log's keys.
type Entry struct {
	At         time.Time // the second
	Commitment [32]byte  // of a receipt
	Key        string    // of a change of keys: the verifier key; "" for a receipt
	Retire     bool      // the key ends; false: it begins
}

// NewEntry is the entry of a receipt. Errors: those of Fields.
func NewEntry(r Receipt) (Entry, error) {
	commitment, err := r.Commitment()
	return Entry{At: r.RecordedAt, Commitment: commitment}, err
}

// Marshal writes the line, without its end.
func (e Entry) Marshal() []byte {
	out := make([]byte, 0, 80)
	if e.Key == "" {
		out = append(append(out, receiptEntry...), ' ')
		out = append(strconv.AppendInt(out, e.At.Unix(), 10), ' ')
		return base64.StdEncoding.AppendEncode(out, e.Commitment[:])
	}
	out = append(append(out, keyEntry...), ' ')
	out = strconv.AppendInt(out, e.At.Unix(), 10)
	if e.Retire {
		return append(append(out, " retire "...), e.Key...)
	}
	return append(append(out, " add "...), e.Key...)
}

// ParseEntry reads what Marshal wrote. Errors: anything else.
func ParseEntry(line []byte) (Entry, error) {
	words := strings.Split(string(line), " ")
	if len(words) < 3 {
		return Entry{}, errBadEntry
	}
	seconds, err := strconv.ParseInt(words[1], 10, 64)
	if err != nil {
		return Entry{}, errBadEntry
	}
	e := Entry{At: time.Unix(seconds, 0).UTC()}
	switch {
	case words[0] == receiptEntry && len(words) == 3:
		sum, err := base64.StdEncoding.Strict().DecodeString(words[2])
		if err != nil || len(sum) != len(e.Commitment) {
			return Entry{}, errBadEntry
		}
		e.Commitment = [32]byte(sum)
	case words[0] == keyEntry && len(words) == 4 && (words[2] == "add" || words[2] == "retire"):
		e.Key, e.Retire = words[3], words[2] == "retire"
	}
	if string(e.Marshal()) != string(line) {
		return Entry{}, errBadEntry
	}
	return e, nil
}
