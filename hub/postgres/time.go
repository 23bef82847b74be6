package postgres

import (
	"time"

	"github.com/jackc/pgx/v5/pgtype"
)

// registerTime teaches a connection to give times in UTC, and NULL as the zero time.
func registerTime(m *pgtype.Map) {
	codec := &timeCodec{pgtype.TimestamptzCodec{ScanLocation: time.UTC}}
	m.RegisterType(&pgtype.Type{Name: "timestamptz", OID: pgtype.TimestamptzOID, Codec: codec})
}

// orNull is a time for a column that may be NULL: the zero time is none.
func orNull(at time.Time) *time.Time {
	if at.IsZero() {
		return nil
	}
	return &at
}

type timeCodec struct{ pgtype.TimestamptzCodec }

// PlanScan implements pgtype.Codec.
func (c *timeCodec) PlanScan(m *pgtype.Map, oid uint32, format int16, target any) pgtype.ScanPlan {
	if _, ok := target.(*time.Time); ok {
		var scanned pgtype.Timestamptz
		return scanTime{c.TimestamptzCodec.PlanScan(m, oid, format, &scanned)}
	}
	return c.TimestamptzCodec.PlanScan(m, oid, format, target)
}

type scanTime struct{ inner pgtype.ScanPlan }

func (p scanTime) Scan(src []byte, target any) error {
	var scanned pgtype.Timestamptz
	if err := p.inner.Scan(src, &scanned); err != nil {
		return err
	}
	*target.(*time.Time) = scanned.Time
	return nil
}
