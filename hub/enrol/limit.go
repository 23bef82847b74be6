package enrol

import (
	"context"
	"time"

	"eblagh/hub"
)

// Origin is from where somebody tries.
type Origin struct {
	Address string // one IPv4 address, or one IPv6 network of 64 bits; "" when not known
	Device  hub.ID // what the browser holds from an earlier sign-in, proved genuine; zero: nothing
}

// Charge counts one try into a bucket that holds Room and empties with time; each try takes Step of it. A full bucket
// delays and never locks: after each Step there is room for one more.
type Charge struct {
	Key        []byte // a blind index: no address and nobody's number is kept
	Step, Room time.Duration
}

// bucket makes a Charge that allows a number of tries at once, and then one per step.
func (e *Enroller) bucket(name string, tries int, step time.Duration, of ...string) Charge {
	value := name
	for _, part := range of {
		value += "\x00" + part
	}
	return Charge{Key: e.vault.Index("tries", value), Step: step, Room: time.Duration(tries) * step}
}

// tries are what one try to be somebody is counted in. Who comes from a device that this person signed in from before
// has a bucket of their own, which nobody else can fill. All others share what there is for strangers: little per
// address, and a bounded sum over all addresses. subject is the blind index of what was typed, whoever has it, so that
// a refusal tells nothing of who is enrolled.
func (e *Enroller) tries(subject []byte, from Origin, known bool) []Charge {
	who := string(subject)
	if known {
		return []Charge{e.bucket("device", 10, time.Minute, who, from.Device.String())}
	}
	return []Charge{
		e.bucket("person at address", 10, 5*time.Minute, who, from.Address),
		e.bucket("person by strangers", 60, 2*time.Minute, who),
		e.bucket("address", 300, 2*time.Second, from.Address),
	}
}

// activations are what one try to activate an account is counted in. Five wrong tries end the code itself.
func (e *Enroller) activations(subject []byte, from Origin) []Charge {
	return []Charge{e.bucket("activation at address", 10, 5*time.Minute, string(subject), from.Address),
		e.bucket("address", 300, 2*time.Second, from.Address)}
}

// proofs are what a signed-in person's tries to prove themselves again are counted in.
func (e *Enroller) proofs(person hub.ID) []Charge {
	return []Charge{e.bucket("proof", 10, time.Minute, person.String())}
}

// texts are what a code that leaves is counted in: the person's, those to the number, for others may share it, and
// those that one address asked for. A code that nobody asked for from an address is not counted there. What strangers
// ask for leaves the person's own codes alone.
func (e *Enroller) texts(c Challenge, number string, from Origin, known bool) []Charge {
	step, who := codeSpan/time.Duration(e.codes), c.Person.String()
	list := []Charge{e.bucket("texts to number", 30, 20*time.Second, number)}
	switch {
	case c.Purpose != hub.PurposeSignIn:
		return append(list, e.bucket("texts to person", e.codes, step, who))
	case known:
		return append(list, e.bucket("texts to device", e.codes, step, who, from.Device.String()))
	}
	return append(list, e.bucket("texts to strangers", e.codes, step, who),
		e.bucket("texts by address", 300, time.Second, from.Address))
}

// admit counts a try before anything is compared, so that those who try at once cannot slip through together.
// Errors: rate-limited, with the time after which there is room.
func (e *Enroller) admit(ctx context.Context, charges []Charge) error {
	wait, err := e.store.Charge(ctx, charges)
	if err != nil {
		return err
	}
	if wait > 0 {
		return &hub.Error{Code: hub.CodeRateLimited, Detail: "too many tries; wait a little", After: wait}
	}
	return nil
}
