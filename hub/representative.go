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
	EndedAt     time.Time // zero: in force
}
