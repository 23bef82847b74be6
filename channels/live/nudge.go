package live

import (
	"encoding/binary"
	"errors"

	"eblagh/hub"
)

// A message on Redis is the name of the process that sent it, 8 bytes, and records: a byte that says which, and ids and
// cursors, nothing else.
const (
	recordArrival = 0 // recipient, cursor
	recordUpdate  = 1 // recipient, notice
	recordAll     = 2 // every inbox may have changed
	nameSize      = 8
	messageSize   = 32 << 10 // about 1,300 arrivals
)

func appendNudge(b []byte, n hub.Nudge) []byte {
	if n.Update {
		b = append(append(b, recordUpdate), n.Recipient[:]...)
		return append(b, n.Notice[:]...)
	}
	b = append(append(b, recordArrival), n.Recipient[:]...)
	return binary.BigEndian.AppendUint64(b, uint64(n.Cursor))
}

var errBadNudge = errors.New("not a message of nudges")

// readNudges reads a message. all: every inbox may have changed.
func readNudges(message string) (from string, nudges []hub.Nudge, all bool, err error) {
	const idSize = len(hub.ID{})
	if len(message) < nameSize {
		return "", nil, false, errBadNudge
	}
	from, b := message[:nameSize], []byte(message[nameSize:])
	for len(b) > 0 {
		kind := b[0]
		b = b[1:]
		var n hub.Nudge
		switch {
		case kind == recordAll:
			all = true
			continue
		case kind == recordArrival && len(b) >= idSize+8:
			n.Cursor = int64(binary.BigEndian.Uint64(b[idSize:]))
			copy(n.Recipient[:], b)
			b = b[idSize+8:]
		case kind == recordUpdate && len(b) >= 2*idSize:
			n.Update = true
			copy(n.Recipient[:], b)
			copy(n.Notice[:], b[idSize:])
			b = b[2*idSize:]
		default:
			return "", nil, false, errBadNudge
		}
		nudges = append(nudges, n)
	}
	return from, nudges, all, nil
}
