package trail

import (
	"cmp"
	"context"
	"slices"
	"sync"

	"eblagh/hub"
	"eblagh/hub/access"
)

// objectsMost bounds how much one entry names; no page shows more.
const objectsMost = 256

// Call is one request on its way through the hub. Its methods do nothing on nil, for what is done without a door:
// commands and background work. It is safe for concurrent use.
type Call struct {
	id    hub.ID
	from  From
	clock hub.Clock
	trace access.Trace

	mu        sync.Mutex
	entered   bool
	changes   bool // it may change something
	route     string
	action    access.Action
	principal access.Principal
	objects   []Object
	looks     []access.Look
	begun     bool // an entry is durable that says so
	done      bool // and one that says how it ended
	answering bool // what was left to be written has been asked for
}

// NewCall begins a call. changes says that it may change something.
func NewCall(clock hub.Clock, from From, changes bool) *Call {
	return &Call{id: hub.NewID(clock()), from: from, clock: clock, changes: changes}
}

type callKey struct{}

// With gives a context that carries a call.
func With(ctx context.Context, c *Call) context.Context { return context.WithValue(ctx, callKey{}, c) }

// Of is the call of a context; nil: there is none.
func Of(ctx context.Context) *Call {
	c, _ := ctx.Value(callKey{}).(*Call)
	return c
}

// ID names the call.
func (c *Call) ID() hub.ID { return c.id }

// Enter tells which route the call took, and what it is about.
func (c *Call) Enter(route string, action access.Action, objects ...Object) {
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.entered, c.route, c.action, c.objects = true, route, action, objects
}

// Changes says that the call may change something, whatever its method.
func (c *Call) Changes() {
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.changes = true
}

// As tells who the caller is, and gives the principal so that the call learns what is decided of them.
func (c *Call) As(p access.Principal) access.Principal {
	if c == nil {
		return p
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.principal = p
	return p.Traced(&c.trace)
}

// Note adds a look. It reports whether the call will write it: not once the answer has begun, as where one is made while
// it leaves.
func (c *Call) Note(look access.Look) bool {
	if c == nil {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.done || c.answering {
		return false
	}
	for i := range c.looks { // a transaction that is run anew notes again
		if before := &c.looks[i]; before.Action == look.Action && before.Object == look.Object && before.Ground == look.Ground {
			*before = look
			return true
		}
	}
	c.looks = append(c.looks, look)
	return true
}

// Late is a look that the call does not write, as an entry of the call all the same. Of no call it is one by itself.
func (c *Call) Late(look access.Look) Entry {
	e := EntryOf(look)
	if c == nil {
		return e
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	e.Call, e.Route, e.From = c.id, c.route, c.from
	return e
}

// About adds something that the call turned out to be about.
func (c *Call) About(o Object) {
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if !slices.Contains(c.objects, o) && len(c.objects) < objectsMost {
		c.objects = append(c.objects, o)
	}
}

// Rider is what a transaction that changes something takes along: nothing when the call has no entry to write there.
// Once the transaction has committed, Rode MUST be called.
func (c *Call) Rider() []Entry {
	if c == nil {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.begun || c.done || !c.changes {
		return nil
	}
	return []Entry{c.entry(Begun, 0)}
}

// Rode says that the rider is durable.
func (c *Call) Rode() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.begun = true
}

// Whole is what a transaction takes along that is all the call is about: that it is done, with count things. Once it has
// committed, Ended MUST be called; then nothing more is written of a call that goes well.
func (c *Call) Whole(count int, objects ...Object) []Entry {
	if c == nil {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.done {
		return nil
	}
	if len(objects) == 1 {
		c.objects = append(objects, c.objects...)
	}
	e := c.entry(Done, 0)
	e.Count = count
	return []Entry{e}
}

// Ended says that what Whole gave is durable.
func (c *Call) Ended() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.done, c.begun = true, true
}

// Rest is what is left to be written when the answer is known: nothing for a call that is written already, and for
// nobody who read what is everybody's. way says that the answer only leads to signing in.
func (c *Call) Rest(status int, way bool) []Entry {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.answering = true
	outcome := outcomeOf(status)
	if way && c.principal.Kind == access.Nobody {
		outcome = Refused
	}
	switch {
	case outcome == Done && c.done:
		return nil
	case outcome == Done && c.principal.Kind == access.Nobody && !c.changes && len(c.looks) == 0:
		return nil
	case outcome != Done || len(c.looks) == 0:
		return []Entry{c.entry(outcome, status)}
	}
	entries := make([]Entry, 0, len(c.looks)+1)
	for _, look := range c.looks {
		e := c.entry(Done, status)
		e.ID, e.Action, e.Ground, e.Count, e.Role = look.ID, look.Action, look.Ground, look.Count, look.Role
		e.Organisation = cmp.Or(look.Organisation, e.Organisation)
		e.Object = Object{looked(look.Action), look.Object}
		e.Objects = things(append([]hub.ID{look.Object}, look.Objects...), c.objects)
		entries = append(entries, e)
	}
	if c.changes && !slices.ContainsFunc(entries, func(e Entry) bool { return e.Action == c.action }) {
		entries = append(entries, c.entry(Done, status))
	}
	return entries
}

func outcomeOf(status int) Outcome {
	switch {
	case status >= 500:
		return Failed
	case status >= 400:
		return Refused
	}
	return Done
}

// entry is the call in one line. It runs under the lock.
func (c *Call) entry(outcome Outcome, status int) Entry {
	p := c.principal
	e := Entry{ID: hub.NewID(c.clock()), Call: c.id, Outcome: outcome, Status: status, Kind: p.Kind, Principal: p.ID,
		For: p.For.LegalPerson, Action: c.action, Route: c.route, Count: 1, From: c.from, Form: Form}
	if e.Kind == access.Nobody {
		e.Kind = Nobody
	}
	action, d, allowed := c.trace.Of(c.action)
	if e.Action == "" {
		e.Action = action
	}
	if allowed {
		e.Ground, e.Role, e.Organisation = d.Ground(), d.Role, d.Organisation
	} else if p.Kind == access.Key && len(p.Grants) == 1 {
		e.Role, e.Organisation = p.Grants[0].Role, p.Grants[0].Organisation
	}
	if len(c.objects) > 0 {
		e.Object = c.objects[0]
	}
	e.Objects = things(nil, c.objects)
	return e
}

// things lists ids once each.
func things(ids []hub.ID, objects []Object) []hub.ID {
	var out []hub.ID
	for _, o := range objects {
		ids = append(ids, o.ID)
	}
	for _, id := range ids {
		if !id.IsZero() && len(out) < objectsMost && !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	return out
}
