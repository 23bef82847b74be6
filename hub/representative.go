package hub

import "time"

// Representative is somebody who acts for a legal person, as its owner, manager or reader.
type Representative struct {
	ID          ID
	LegalPerson ID
	Person      ID
	Name        string
	Role        Role
	CreatedAt   time.Time
	Until       time.Time // zero: until they are ended
	EndedAt     time.Time // zero: not ended
}

// InForce reports whether somebody acts at a moment.
func (r Representative) InForce(at time.Time) bool {
	return r.EndedAt.IsZero() && (r.Until.IsZero() || r.Until.After(at))
}
