package enrol

import (
	"context"
	"net/netip"
	"slices"
	"strings"
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

// Quotas that callers are told of. What is counted over several addresses is nobody's own, and told to nobody.
func TryQuota() hub.Quota   { return hub.Quota{Name: "tries", Most: 10, Within: 50 * time.Minute} }
func ProofQuota() hub.Quota { return hub.Quota{Name: "proofs", Most: 10, Within: 10 * time.Minute} }
func CodeQuota() hub.Quota  { return hub.Quota{Name: "codes", Most: codesMost, Within: codeSpan} }

// ExportQuota is of copies of one's own data.
func ExportQuota() hub.Quota {
	return hub.Quota{Name: "exports", Most: exportsPerDay, Within: 24 * time.Hour}
}

// errCodes says that no more codes leave for now.
func errCodes() error {
	return &hub.Error{Code: hub.CodeRateLimited, Detail: "too many codes were sent; try again in ten minutes", After: codeSpan,
		Quota: CodeQuota().Name}
}

// Try is what one try to be somebody is counted in.
type Try struct {
	Quota string   // what those who are refused are told that they have used up
	Each  []Charge // one without room refuses
	// Sums are over many addresses. Whoever commands those could fill them for everybody, so one without room refuses
	// nobody: from then on Narrow counts as well, which holds less for each address, and refuses.
	Sums   []Charge
	Narrow []Charge
}

// all is what an honest try is taken back from.
func (t Try) all() []Charge { return slices.Concat(t.Each, t.Sums, t.Narrow) }

// tries are what one try to be somebody is counted in. Who comes from a device that this person signed in from before
// has a bucket of their own, which nobody else can fill. All others have what there is for strangers: little per
// address, and less once the sum over this person, over the network around the address, or over everybody is too much
// for people who mistype. What is tried elsewhere never refuses a first try here. subject is the blind index of what was
// typed, whoever has it, so that a refusal tells nothing of who is enrolled.
func (e *Enroller) tries(subject []byte, from Origin, known bool) Try {
	who := string(subject)
	if known {
		return Try{Quota: TryQuota().Name, Each: []Charge{e.bucket("device", 10, time.Minute, who, from.Device.String())}}
	}
	t := e.strange(from)
	t.Each = append(t.Each, e.bucket("person at address", 10, 5*time.Minute, who, from.Address))
	t.Sums = append(t.Sums, e.bucket("person by strangers", 60, 2*time.Minute, who))
	t.Narrow = append(t.Narrow, e.bucket("person at narrow address", 5, 10*time.Minute, who, within(from.Address, 32, 56)))
	return t
}

// strange is what a stranger's try is counted in, whoever they try to be.
func (e *Enroller) strange(from Origin) Try {
	return Try{
		Quota: TryQuota().Name,
		Each:  []Charge{e.bucket("address", 300, 2*time.Second, from.Address)},
		Sums: []Charge{e.bucket("network", 1500, 400*time.Millisecond, within(from.Address, 24, 48)),
			e.bucket("everybody", e.strangeTries, time.Hour/time.Duration(e.strangeTries))},
		Narrow: []Charge{e.bucket("narrow address", 30, 20*time.Second, within(from.Address, 32, 56))},
	}
}

// within is the network of so many bits around an address; what is none stays what it is.
func within(address string, four, six int) string {
	host, _, _ := strings.Cut(address, "/")
	at, err := netip.ParseAddr(host)
	if err != nil {
		return address
	}
	if at.Is4() {
		return netip.PrefixFrom(at, four).Masked().String()
	}
	return netip.PrefixFrom(at, six).Masked().String()
}

// activations are what one try to activate an account is counted in. Five wrong tries end the code itself.
func (e *Enroller) activations(subject []byte, from Origin) Try {
	t := e.strange(from)
	t.Each = append(t.Each, e.bucket("activation at address", 10, 5*time.Minute, string(subject), from.Address))
	return t
}

// proofs are what a signed-in person's tries to prove themselves again are counted in.
func (e *Enroller) proofs(person hub.ID) Try {
	return Try{Quota: ProofQuota().Name, Each: []Charge{e.bucket("proof", 10, time.Minute, person.String())}}
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
func (e *Enroller) admit(ctx context.Context, t Try) error {
	wait, narrow, err := e.store.CountTry(ctx, t)
	if err != nil {
		return err
	}
	if narrow {
		e.besieged()
	}
	if wait > 0 {
		return &hub.Error{Code: hub.CodeRateLimited, Detail: "too many tries; wait a little", After: wait, Quota: t.Quota}
	}
	return nil
}
