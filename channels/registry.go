package channels

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"eblagh/hub"
)

// Member is a provider with its share of the texts.
type Member struct {
	Sender hub.Sender
	Weight int // above 0
}

// Options are what a Registry works with. Clock, Random and Logger are needed.
type Options struct {
	Clock  hub.Clock
	Random func() float64 // in [0,1), safe for concurrent use
	Logger *slog.Logger
	Rule   Rule
}

// Registry picks the provider of each slice of texts by weight and health. It is safe for concurrent use.
type Registry struct {
	o       Options
	mu      sync.Mutex
	members []*member
}

type member struct {
	Member
	circuit *circuit
}

// State is how a provider does now.
type State struct {
	Provider string
	Phase    Phase
	Since    time.Time // of the phase; zero: from the start
	Share    float64   // of its weight, 0 to 1
	Faults   int       // texts in a row, while closed
	Probe    time.Time // when the next probe may go, while open
}

// NewRegistry makes a registry of these providers, all healthy. Errors: a name comes twice, a weight is not above 0.
func NewRegistry(o Options, members ...Member) (*Registry, error) {
	d := DefaultRule()
	o.Rule = Rule{Faults: cmp.Or(o.Rule.Faults, d.Faults), Cuts: cmp.Or(o.Rule.Cuts, d.Cuts), Probes: cmp.Or(o.Rule.Probes, d.Probes),
		Pause: cmp.Or(o.Rule.Pause, d.Pause), MaxPause: cmp.Or(o.Rule.MaxPause, d.MaxPause),
		ProbeWait: cmp.Or(o.Rule.ProbeWait, d.ProbeWait), Drift: cmp.Or(o.Rule.Drift, d.Drift)}
	r, seen := &Registry{o: o}, map[string]bool{}
	for _, m := range members {
		if name := m.Sender.Name(); seen[name] {
			return nil, fmt.Errorf("provider %s comes twice", name)
		}
		if m.Weight <= 0 {
			return nil, fmt.Errorf("provider %s: %w", m.Sender.Name(), errNoWeight)
		}
		seen[m.Sender.Name()] = true
		r.members = append(r.members, &member{Member: m, circuit: newCircuit(o.Rule)})
	}
	return r, nil
}

var errNoWeight = errors.New("the weight must be above zero")

// Pick gives the provider of the next slice, which must be sent through the given sender: it is watched. False: no
// provider can take texts now, they should wait. A provider that is barred is passed over, for probes as well. A probe is
// a sender with a window of one text.
func (r *Registry) Pick(p hub.Priority, barred map[string]bool) (hub.Sender, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	members := slices.DeleteFunc(slices.Clone(r.members), func(m *member) bool { return barred[m.Sender.Name()] })
	now, total := r.o.Clock(), 0.0
	for _, m := range members {
		total += m.share(now)
	}
	patient := total == 0 || p == hub.PriorityNormal || p == hub.PriorityBulk
	for _, m := range members {
		if m.circuit.probeDue(now, patient) {
			return &watched{Sender: at(m.Sender, p), registry: r, member: m, ticket: m.circuit.beginProbe(now)}, true
		}
	}
	m := byWeight(members, now, r.o.Random()*total)
	if m == nil {
		return nil, false
	}
	return &watched{Sender: at(m.Sender, p), registry: r, member: m, ticket: ticket{epoch: m.circuit.epoch}}, true
}

// byWeight gives the provider on whose share the point falls, nil when none has a share; the last one takes what
// rounding leaves.
func byWeight(members []*member, now time.Time, point float64) *member {
	var last *member
	for _, m := range members {
		share := m.share(now)
		if share == 0 {
			continue
		}
		if last, point = m, point-share; point < 0 {
			break
		}
	}
	return last
}

func (m *member) share(now time.Time) float64 { return float64(m.Weight) * m.circuit.share(now) }

// States tells how each provider does, in the order in which they were given.
func (r *Registry) States() []State {
	r.mu.Lock()
	defer r.mu.Unlock()
	now, states := r.o.Clock(), make([]State, len(r.members))
	for i, m := range r.members {
		c := m.circuit
		states[i] = State{Provider: m.Sender.Name(), Phase: c.phase, Since: c.since, Share: c.share(now), Faults: c.run}
		if c.phase != Closed {
			states[i].Probe = c.due
		}
	}
	return states
}
