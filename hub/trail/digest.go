package trail

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"strconv"
	"time"

	"eblagh/hub"
)

// Marks of entries are kept in parts of this many.
const (
	PartMarks = 4096
	MarkSize  = len(hub.ID{}) + sha256.Size
)

// Digest hashes the entries of an hour, in ascending order of their ids: SHA-256 of a head,
//
//	eblagh/trail-hour/1 HOUR
//
// and of the id and hash of each, 48 bytes. Sum ends with how many there were. Marks are those bytes in parts, as they
// are kept beside the entries.
type Digest struct {
	sum     hash.Hash
	entries int64
	marks   []byte
}

// NewDigest begins with the head of an hour.
func NewDigest(hour time.Time) *Digest {
	d := &Digest{sum: sha256.New()}
	fmt.Fprintf(d.sum, "eblagh/trail-hour/1 %s\n", hour.UTC().Format(timeForm))
	return d
}

// Add takes the next entry. It gives a part of marks when one is full.
func (d *Digest) Add(e Entry) (full []byte) {
	h := e.Hash()
	return d.AddMark(e.ID, h)
}

// AddMark takes the next entry by its id and hash.
func (d *Digest) AddMark(id hub.ID, h [sha256.Size]byte) (full []byte) {
	d.marks = append(append(d.marks, id[:]...), h[:]...)
	d.sum.Write(d.marks[len(d.marks)-MarkSize:])
	if d.entries++; d.entries%PartMarks != 0 {
		return nil
	}
	return d.Left()
}

// Left gives the part of marks that is not full.
func (d *Digest) Left() []byte {
	left := d.marks
	d.marks = nil
	return left
}

// Sum is how many entries there were, and the digest.
func (d *Digest) Sum() (entries int64, digest [sha256.Size]byte) {
	d.sum.Write(strconv.AppendInt(nil, d.entries, 10))
	return d.entries, [sha256.Size]byte(d.sum.Sum(nil))
}

// Mark is one entry as an hour's digest knows it.
type Mark struct {
	ID   hub.ID
	Hash [sha256.Size]byte
}

// ReadMarks reads a part. Errors: it is no whole number of marks.
func ReadMarks(part []byte) ([]Mark, error) {
	if len(part)%MarkSize != 0 {
		return nil, fmt.Errorf("%d bytes are no marks", len(part))
	}
	marks := make([]Mark, len(part)/MarkSize)
	for i := range marks {
		at := part[i*MarkSize:]
		marks[i] = Mark{hub.ID(at[:16]), [sha256.Size]byte(at[16:MarkSize])}
	}
	return marks, nil
}

// Closed is an hour that is sealed.
type Closed struct {
	Hour    time.Time
	Entries int64
	Digest  [sha256.Size]byte
}

// Details are what the receipt of a closed hour says.
func (c Closed) Details() map[string]any {
	return map[string]any{"hour": c.Hour.UTC().Format(timeForm), "entries": c.Entries, "digest": hex.EncodeToString(c.Digest[:])}
}

// ReadClosed reads the details of a receipt of a closed hour. Errors: they are not such details.
func ReadClosed(details map[string]any) (c Closed, err error) {
	hour, _ := details["hour"].(string)
	if c.Hour, err = time.Parse(timeForm, hour); err != nil {
		return c, fmt.Errorf("hour: %w", err)
	}
	switch n := details["entries"].(type) {
	case float64: // as encoding/json reads it
		c.Entries = int64(n)
	default:
		if c.Entries, err = strconv.ParseInt(fmt.Sprint(n), 10, 64); err != nil {
			return c, fmt.Errorf("entries: %w", err)
		}
	}
	text, _ := details["digest"].(string)
	sum, err := hex.DecodeString(text)
	if err != nil || len(sum) != sha256.Size {
		return c, fmt.Errorf("digest: not SHA-256")
	}
	c.Digest = [sha256.Size]byte(sum)
	return c, nil
}
