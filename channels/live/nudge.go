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
	recordDoubt   = 3 // person whose standing may have changed
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

// heard is what a message says.
type heard struct {
	from    string
	nudges  []hub.Nudge
	doubted []hub.ID // people whose standing may have changed
	all     bool     // every inbox may have changed
}

func readNudges(message string) (h heard, err error) {
	const idSize = len(hub.ID{})
	if len(message) < nameSize {
		return heard{}, errBadNudge
	}
	h.from = message[:nameSize]
	b := []byte(message[nameSize:])
	for len(b) > 0 {
		kind := b[0]
		b = b[1:]
		var n hub.Nudge
		switch {
		case kind == recordAll:
			h.all = true
			continue
		case kind == recordDoubt && len(b) >= idSize:
			h.doubted = append(h.doubted, hub.ID(b[:idSize]))
			b = b[idSize:]
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
			return heard{}, errBadNudge
		}
		h.nudges = append(h.nudges, n)
	}
	return h, nil
}
