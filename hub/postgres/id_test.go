package postgres

import (
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgtype"

	"eblagh/hub"
)

// An id comes back as it went, alone and in lists, in both of the forms that the server speaks; none is NULL.
func TestIDsGoThereAndBack(t *testing.T) {
	m := pgtype.NewMap()
	registerID(m)
	some := hub.NewID(time.Now())
	for _, format := range []int16{pgtype.BinaryFormatCode, pgtype.TextFormatCode} {
		for _, want := range []hub.ID{some, {}} {
			wire, err := m.Encode(pgtype.UUIDOID, format, want, nil)
			got := hub.NewID(time.Now())
			if err2 := m.Scan(pgtype.UUIDOID, format, wire, &got); err != nil || err2 != nil || got != want || (wire == nil) != want.IsZero() {
				t.Errorf("format %d: %s came back as %s by %q: %v, %v", format, want, got, wire, err, err2)
			}
		}
		list, back := []hub.ID{some, {}, hub.NewID(time.Now())}, []hub.ID(nil)
		wire, err := m.Encode(pgtype.UUIDArrayOID, format, list, nil)
		if err2 := m.Scan(pgtype.UUIDArrayOID, format, wire, &back); err != nil || err2 != nil || !slices.Equal(back, list) {
			t.Errorf("format %d: %v came back as %v: %v, %v", format, list, back, err, err2)
		}
		if err := m.Scan(pgtype.UUIDOID, format, []byte("seventeen bytes.."), &some); err == nil {
			t.Errorf("format %d: nonsense was taken for an id", format)
		}
	}
}
