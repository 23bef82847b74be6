package hub

import "time"

// Hold keeps deliveries from starting, by channel, by submitter, or both, until it is released. A held delivery stays
// pending, and due: it starts as soon as no hold covers it. What an attempt has begun goes on. Arrivals are held only by
// a hold that names the inbox, for they are service, and one-time codes by none, for nobody could sign in to release it.
type Hold struct {
	ID        ID
	Channel   Channel // inbox or sms; "": sms
	Submitter ID      // zero: every one
	Reason    string  // for colleagues
	CreatedBy ID      // person or key
	CreatedAt time.Time
}
