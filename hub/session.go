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
}
