package trail

import (
	"time"

	"eblagh/hub"
	"eblagh/hub/access"
)

// Outcome is how far a call came.
type Outcome string

// The outcomes.
const (
	Begun   Outcome = "begun"   // it changes something, and that is being committed; how it ended is another entry
	Done    Outcome = "done"    //
	Refused Outcome = "refused" // the caller may not, or what was asked for is not there or not right
	Failed  Outcome = "failed"  // a fault of ours
)

// Object is what a call is about: one thing by its kind and id.
type Object struct {
	Kind string
	ID   hub.ID
}

// Place is the kind of network that a call came from.
type Place string

// The places.
const (
	Loopback Place = "loopback"
	Private  Place = "private"
	Public   Place = "public"
	Many     Place = "many" // several, in an entry that stands for many calls of nobody
)

// From is where a call came from.
type From struct {
	Place   Place
	Address [16]byte // keyed index; zero: unknown
	Device  string   // platform and browser, a word each
}

// Entry is one line of the trail.
type Entry struct {
	ID           hub.ID
	Hour         time.Time // under whose digest it is sealed
	At           time.Time // when it was written, by Postgres's clock
	Call         hub.ID
	Outcome      Outcome
	Status       int // of the answer; 0: there was none yet
	Kind         access.Kind
	Principal    hub.ID
	For          hub.ID // the legal person acted for
	Role         hub.Role
	Organisation hub.ID
	Action       access.Action
	Route        string
	Ground       string // role/relation
	Object       Object
	Objects      []hub.ID // everything it was about
	Persons      []hub.ID // whose papers or data that is; nil: filled where it is written
	Count        int
	From         From
	Form         int
}

// Nobody is how the trail names who is neither a person nor a key.
const Nobody access.Kind = "nobody"

// Form is the version of the canonical form of new entries.
const Form = 1

// EntryOf is a look that belongs to no call, as an entry.
func EntryOf(l access.Look) Entry {
	return Entry{ID: l.ID, Call: l.ID, Outcome: Done, Kind: l.Kind, Principal: l.Principal, For: l.For, Role: l.Role,
		Organisation: l.Organisation, Action: l.Action, Ground: l.Ground, Object: Object{looked(l.Action), l.Object},
		Objects: things(append([]hub.ID{l.Object}, l.Objects...), nil), Count: l.Count, Form: Form}
}
