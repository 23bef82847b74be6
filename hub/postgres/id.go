package postgres

import (
	"github.com/jackc/pgx/v5/pgtype"

	"eblagh/hub"
)

// registerID teaches a connection to carry hub.ID as uuid. The zero ID is NULL, both ways.
func registerID(m *pgtype.Map) {
	m.TryWrapEncodePlanFuncs = append([]pgtype.TryWrapEncodePlanFunc{wrapIDEncode}, m.TryWrapEncodePlanFuncs...)
	m.TryWrapScanPlanFuncs = append([]pgtype.TryWrapScanPlanFunc{wrapIDScan}, m.TryWrapScanPlanFuncs...)
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

type idValue hub.ID

// ScanUUID implements pgtype.UUIDScanner.
func (v *idValue) ScanUUID(u pgtype.UUID) error {
	if !u.Valid {
		*v = idValue{}
		return nil
	}
	*v = idValue(u.Bytes)
	return nil
}

// UUIDValue implements pgtype.UUIDValuer.
func (v idValue) UUIDValue() (pgtype.UUID, error) {
	return pgtype.UUID{Bytes: v, Valid: !hub.ID(v).IsZero()}, nil
}

func wrapIDEncode(value any) (pgtype.WrappedEncodePlanNextSetter, any, bool) {
	if id, ok := value.(hub.ID); ok {
		return &encodeID{}, idValue(id), true
	}
	return nil, nil, false
}

type encodeID struct{ next pgtype.EncodePlan }

func (p *encodeID) SetNext(next pgtype.EncodePlan) { p.next = next }

func (p *encodeID) Encode(value any, buf []byte) ([]byte, error) {
	return p.next.Encode(idValue(value.(hub.ID)), buf)
}

func wrapIDScan(target any) (pgtype.WrappedScanPlanNextSetter, any, bool) {
	if id, ok := target.(*hub.ID); ok {
		return &scanID{}, (*idValue)(id), true
	}
	return nil, nil, false
}

type scanID struct{ next pgtype.ScanPlan }

func (p *scanID) SetNext(next pgtype.ScanPlan) { p.next = next }

func (p *scanID) Scan(src []byte, target any) error {
	return p.next.Scan(src, (*idValue)(target.(*hub.ID)))
}
