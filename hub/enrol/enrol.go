package enrol

import (
	"cmp"
	"fmt"
	"log/slog"
	"time"

	"github.com/alexedwards/argon2id"

	"eblagh/hub"
	"eblagh/hub/access"
	"eblagh/hub/vault"
)

// Options are what an Enroller works with.
type Options struct {
	Store  Store
	Vault  *vault.Vault
	Clock  hub.Clock
	Logger *slog.Logger
	Mode   string // live or test; keys of the other mode are refused

	Hash      argon2id.Params // zero: 19 MiB, two passes, one lane (OWASP's floor)
	HashSlots int             // how many codes are hashed at once, which bounds the memory; 0: 4
	Codes     int             // one-time codes per person in ten minutes; 0: codesMost
	// StrangeTries is how many tries in an hour, over all persons, from devices that they did not sign in from before, are
	// taken for mistyping. What goes beyond is counted more narrowly. 0: 30,000.
	StrangeTries int
	Besieged     func()      // told of each try that is counted more narrowly; may be nil
	Issuer       string      // the identity provider outside; "": there is none
	Access       access.Port // goes with every principal that is recognised; nil: the policy decides
	Wake         func()      // told after a code was committed, so that it leaves at once; may be nil
	// Ended is told whose sessions, or whose representatives, have just ended, so that what hangs on them ends as well. It
	// MUST NOT block; may be nil.
	Ended func(people ...hub.ID)
}

// codeSpan is the span in which Options.Codes counts, and codesMost what it is when not given.
const (
	codeSpan  = 10 * time.Minute
	codesMost = 20
)

// Enroller enrols people, signs them in and recognises systems. It is safe for concurrent use.
type Enroller struct {
	store  Store
	vault  *vault.Vault
	clock  hub.Clock
	logger *slog.Logger
	mode   string
	hasher *hasher
	codes  int

	strangeTries int
	besieged     func()
	issuer       string

	access access.Port
	wake   func()
	ended  func(people ...hub.ID)
	uses   keyUses
}

// New makes an Enroller. Errors: mode is neither live nor test, or the hash cost is out of bounds.
func New(o Options) (*Enroller, error) {
	if o.Mode != modeLive && o.Mode != modeTest {
		return nil, fmt.Errorf("mode is %q, it must be live or test", o.Mode)
	}
	hasher, err := newHasher(o.Hash, o.HashSlots)
	if err != nil {
		return nil, err
	}
	e := &Enroller{store: o.Store, vault: o.Vault, clock: o.Clock, logger: o.Logger, mode: o.Mode, hasher: hasher,
		codes: o.Codes, strangeTries: cmp.Or(o.StrangeTries, 30_000), besieged: o.Besieged, issuer: o.Issuer, access: o.Access, wake: o.Wake, ended: o.Ended}
	if e.codes == 0 {
		e.codes = codesMost
	}
	if e.besieged == nil {
		e.besieged = func() {}
	}
	if e.wake == nil {
		e.wake = func() {}
	}
	if e.ended == nil {
		e.ended = func(...hub.ID) {}
	}
	return e, nil
}

func (e *Enroller) newID() hub.ID { return hub.NewID(e.clock()) }

func (e *Enroller) look(p access.Principal, d access.Decision, action access.Action, object hub.ID) access.Look {
	return access.LookAt(e.newID(), p, d, action, object)
}
