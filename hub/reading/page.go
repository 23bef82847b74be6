package reading

import (
	"encoding/base64"
	"encoding/binary"
	"strings"
	"time"
	"unicode/utf8"

	"eblagh/hub"
)

// Page sizes.
const (
	DefaultLimit = 50
	MaxLimit     = 200
)

// The first byte of a mark says what it continues, so that the mark of one list cannot be used on another.
const (
	markInbox  = 'i'
	markNotice = 'n'
	markTask   = 't'
	markDead   = 'd'
	markDoubt  = 'u'
	markLate   = 'l'
	markCase   = 'c'
	markDraft  = 'w'
	markTrail  = 'h'
)

// inboxMark makes the opaque "after" that continues an inbox below a cursor.
func inboxMark(cursor int64) string {
	return base64.RawURLEncoding.EncodeToString(binary.BigEndian.AppendUint64([]byte{markInbox}, uint64(cursor)))
}

// noticeMark makes the opaque "after" that continues a list of notices below an id.
func noticeMark(id hub.ID) string {
	return base64.RawURLEncoding.EncodeToString(append([]byte{markNotice}, id[:]...))
}

// taskMark makes the opaque "after" that continues a list of tasks behind an id.
func taskMark(id hub.ID) string {
	return base64.RawURLEncoding.EncodeToString(append([]byte{markTask}, id[:]...))
}

// readTaskMark notes a problem at /after when the mark is not one of a list of tasks. The empty mark is zero.
func readTaskMark(after string, problems *hub.Problems) hub.ID {
	b, ok := readMark(after, markTask, len(hub.ID{}), problems)
	if !ok {
		return hub.ID{}
	}
	return hub.ID(b)
}

// idMark makes the opaque "after" that continues a list of a kind below an id.
func idMark(kind byte, id hub.ID) string {
	return base64.RawURLEncoding.EncodeToString(append([]byte{kind}, id[:]...))
}

// lateMark makes the opaque "after" that continues the list of what is late in a lane.
func lateMark(lane int, m LateMark) string {
	b := append([]byte{markLate, byte(lane)}, m.Submitter[:]...)
	b = binary.BigEndian.AppendUint64(b, uint64(m.Due.UnixMicro()))
	return base64.RawURLEncoding.EncodeToString(append(b, m.Delivery[:]...))
}

// readLateMark gives the lane and the place to go on from; the empty mark is the beginning.
func readLateMark(after string, problems *hub.Problems) (lane int, m LateMark) {
	const id = len(hub.ID{})
	b, ok := readMark(after, markLate, 1+id+8+id, problems)
	if !ok {
		return 0, m
	}
	if lane = int(b[0]); lane >= len(hub.Lanes) {
		refuseMark(problems)
		return 0, m
	}
	m.Submitter, m.Delivery = hub.ID(b[1:1+id]), hub.ID(b[1+id+8:])
	m.Due = time.UnixMicro(int64(binary.BigEndian.Uint64(b[1+id:]))).UTC()
	return lane, m
}

// caseMark makes the opaque "after" that continues a list of cases below an id.
func caseMark(id hub.ID) string {
	return base64.RawURLEncoding.EncodeToString(append([]byte{markCase}, id[:]...))
}

// readInboxMark notes a problem at /after when the mark is not one of an inbox. The empty mark is 0: from the newest.
func readInboxMark(after string, problems *hub.Problems) int64 {
	b, ok := readMark(after, markInbox, 8, problems)
	if !ok {
		return 0
	}
	cursor := int64(binary.BigEndian.Uint64(b))
	if cursor < 1 {
		refuseMark(problems)
		return 0
	}
	return cursor
}

// readNoticeMark notes a problem at /after when the mark is not one of a list of notices. The empty mark is zero.
func readNoticeMark(after string, problems *hub.Problems) hub.ID {
	b, ok := readMark(after, markNotice, len(hub.ID{}), problems)
	if !ok {
		return hub.ID{}
	}
	return hub.ID(b)
}

// readCaseMark notes a problem at /after when the mark is not one of a list of cases. The empty mark is zero.
func readCaseMark(after string, problems *hub.Problems) hub.ID {
	b, ok := readMark(after, markCase, len(hub.ID{}), problems)
	if !ok {
		return hub.ID{}
	}
	return hub.ID(b)
}

func readMark(after string, kind byte, size int, problems *hub.Problems) ([]byte, bool) {
	if after == "" {
		return nil, false
	}
	if len(after) > 128 {
		refuseMark(problems)
		return nil, false
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(after)
	if err != nil || len(b) != 1+size || b[0] != kind {
		refuseMark(problems)
		return nil, false
	}
	return b[1:], true
}

func refuseMark(problems *hub.Problems) {
	problems.Add("/after", "invalid", "not a mark that a page of this list gave")
}

// checkLimit gives the size of a page. 0 is the default.
func checkLimit(limit int, problems *hub.Problems) int {
	if limit == 0 {
		return DefaultLimit
	}
	if limit < 1 || limit > MaxLimit {
		problems.Add("/limit", "out-of-range", "must be between 1 and 200")
	}
	return limit
}

// checkText notes a problem when a text cannot be looked for: too long, or not text at all.
func checkText(pointer, text string, longest int, problems *hub.Problems) {
	if len(text) > longest {
		problems.Add(pointer, "too-long", "is longer than any that the hub keeps")
	}
	if !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
		problems.Add(pointer, "invalid", "is not text")
	}
}
