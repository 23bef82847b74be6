package hub

import (
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"time"
)

// ID is a UUIDv7 (RFC 9562 §5.7): it sorts by the time it was made at, to a quarter of a microsecond. The zero ID means
// "none".
type ID [16]byte

// ErrBadID says that a text is not a UUID.
var ErrBadID = errors.New("not a UUID")

// NewID makes an ID that carries the given time (RFC 9562 §6.2, method 3: twelve bits for the parts of a millisecond) and
// 62 random bits.
func NewID(at time.Time) ID {
	var random [8]byte
	_, _ = rand.Read(random[:]) // crypto/rand.Read never fails
	return newID(at, random[:])
}

// NewIDs makes so many of one time, and asks for all their random bits at once.
func NewIDs(at time.Time, n int) []ID {
	ids, random := make([]ID, n), make([]byte, 8*n)
	_, _ = rand.Read(random)
	for i := range ids {
		ids[i] = newID(at, random[8*i:])
	}
	return ids
}

func newID(at time.Time, random []byte) ID {
	var id ID
	copy(id[8:], random)
	ms := uint64(at.UnixMilli())
	binary.BigEndian.PutUint16(id[0:], uint16(ms>>32))
	binary.BigEndian.PutUint32(id[2:], uint32(ms))
	fraction := at.Nanosecond() % int(time.Millisecond) << 12 / int(time.Millisecond)
	binary.BigEndian.PutUint16(id[6:], uint16(fraction)|0x7000)
	id[8] = id[8]&0x3f | 0x80
	return id
}

// ParseID reads the canonical 36-character form, in either case. Errors: ErrBadID.
func ParseID(s string) (ID, error) {
	var id ID
	if len(s) != 36 || s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-' {
		return ID{}, ErrBadID
	}
	plain := s[0:8] + s[9:13] + s[14:18] + s[19:23] + s[24:]
	if _, err := hex.Decode(id[:], []byte(plain)); err != nil {
		return ID{}, ErrBadID
	}
	return id, nil
}

// IsZero reports whether there is no ID.
func (id ID) IsZero() bool { return id == ID{} }

// Time is the millisecond the ID was made in, UTC.
func (id ID) Time() time.Time {
	ms := uint64(binary.BigEndian.Uint16(id[0:]))<<32 | uint64(binary.BigEndian.Uint32(id[2:]))
	return time.UnixMilli(int64(ms)).UTC()
}

// String is the canonical lower-case form.
func (id ID) String() string {
	var b [36]byte
	return string(id.appendTo(b[:0]))
}

// AppendText appends what MarshalText writes.
func (id ID) AppendText(b []byte) ([]byte, error) {
	if id.IsZero() {
		return b, nil
	}
	return id.appendTo(b), nil
}

func (id ID) appendTo(b []byte) []byte {
	b = append(hex.AppendEncode(b, id[0:4]), '-')
	b = append(hex.AppendEncode(b, id[4:6]), '-')
	b = append(hex.AppendEncode(b, id[6:8]), '-')
	b = append(hex.AppendEncode(b, id[8:10]), '-')
	return hex.AppendEncode(b, id[10:])
}

// MarshalText writes the canonical form; the zero ID is empty.
func (id ID) MarshalText() ([]byte, error) {
	if id.IsZero() {
		return nil, nil
	}
	return []byte(id.String()), nil
}

// UnmarshalText reads what MarshalText writes. Errors: ErrBadID.
func (id *ID) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*id = ID{}
		return nil
	}
	parsed, err := ParseID(string(text))
	if err != nil {
		return err
	}
	*id = parsed
	return nil
}
