package postgres

import (
	"fmt"

	"github.com/jackc/pgx/v5/pgtype"

	"eblagh/hub"
)

// registerID teaches a connection to carry hub.ID as uuid. The zero ID is NULL, both ways.
func registerID(m *pgtype.Map) {
	id := &pgtype.Type{Name: "uuid", OID: pgtype.UUIDOID, Codec: idCodec{}}
	m.RegisterType(id)
	m.RegisterType(&pgtype.Type{Name: "_uuid", OID: pgtype.UUIDArrayOID, Codec: &pgtype.ArrayCodec{ElementType: id}})
	m.RegisterDefaultPgType(hub.ID{}, "uuid")
	m.RegisterDefaultPgType([]hub.ID{}, "_uuid")
}

// idText is an ID for set_config, empty for none.
func idText(id hub.ID) string {
	if id.IsZero() {
		return ""
	}
	return id.String()
}

// idCodec carries hub.ID besides what pgx knows, and straight: a paper is some forty of them.
type idCodec struct{ pgtype.UUIDCodec }

// PlanEncode implements pgtype.Codec.
func (c idCodec) PlanEncode(m *pgtype.Map, oid uint32, format int16, value any) pgtype.EncodePlan {
	if _, ok := value.(hub.ID); ok {
		return encodeID{format}
	}
	return c.UUIDCodec.PlanEncode(m, oid, format, value)
}

// PlanScan implements pgtype.Codec.
func (c idCodec) PlanScan(m *pgtype.Map, oid uint32, format int16, target any) pgtype.ScanPlan {
	if _, ok := target.(*hub.ID); ok {
		return scanID{format}
	}
	return c.UUIDCodec.PlanScan(m, oid, format, target)
}

type encodeID struct{ format int16 }

func (p encodeID) Encode(value any, buf []byte) ([]byte, error) {
	id := value.(hub.ID)
	switch {
	case id.IsZero():
		return nil, nil
	case p.format == pgtype.TextFormatCode:
		return id.AppendText(buf)
	}
	return append(buf, id[:]...), nil
}

type scanID struct{ format int16 }

func (p scanID) Scan(src []byte, target any) error {
	id := target.(*hub.ID)
	switch {
	case src == nil:
		*id = hub.ID{}
	case p.format == pgtype.TextFormatCode:
		return id.UnmarshalText(src)
	case len(src) != len(id):
		return fmt.Errorf("%d bytes are no uuid", len(src))
	}
	copy(id[:], src)
	return nil
}
