package hub

import "time"

// Session is one sign-in of a person on one device, from then until it expires or is revoked.
type Session struct {
	ID        ID
	Person    ID
	CreatedAt time.Time
	ExpiresAt time.Time
	SeenAt    time.Time // last used, to the minute
	Device    string    // platform and browser in words, "" when not known; never more than those

	// What a session that begins stands on: if that does not hold any more when it is kept, it is not. Zero: nothing.
	Proof  ID `db:"-"` // the challenge that was met
	Former ID `db:"-"` // the session in whose place it comes
}
