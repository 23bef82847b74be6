package hub

import "time"

// Hold keeps deliveries from starting, by channel, provider, submitter, or what they have in common, until it is
// released. A held delivery stays pending, and due: it starts as soon as no hold covers it. A provider that is held
// begins no more texts: others take them, else they wait. What an attempt has begun goes on. Arrivals are held only by
// a hold that names the inbox, for they are service. One-time codes are held by none, for nobody could sign in to release
// it: they go past a provider that is held for everybody, and through it when there is no other.
type Hold struct {
	ID        ID
	Channel   Channel // inbox or sms; "": sms
	Provider  string  // "": every one
	Submitter ID      // zero: every one
	Reason    string  // for colleagues
	CreatedBy ID      // person or key
	CreatedAt time.Time
}
