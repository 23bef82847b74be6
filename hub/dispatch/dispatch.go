package dispatch

import (
	"cmp"
	"fmt"
	"io/fs"
	"log/slog"
	"sync"
	"time"

	"eblagh/hub"
	"eblagh/hub/vault"
)

// Options are what a Dispatcher works with. Store, Vault, Messages, Clock and Logger are needed.
type Options struct {
	Store     Store
	Vault     *vault.Vault
	Messages  fs.FS              // fa.json and en.json: the texts of SMS
	Pick      Pick               // nil: texts wait
	Providers []string           // the names of all providers of texts, which holds may name
	Queriers  map[string]Querier // by provider; those that cannot be asked have none
	Nudger    Nudger             // nil: nobody is connected
	Waker     Waker              // nil: the pump finds what is due by itself
	Ladder    Ladder             // nil: nothing follows an arrival
	Gate      Gate               // nil: papers are always taken in
	Room      Room               // nil: there is always room
	Cases     CaseKinds          // nil: no kind of case is known but the general one
	Clock     hub.Clock
	Logger    *slog.Logger
	Meter     Meter // nil: nothing is counted
	Plan      Plan
	Hearing   HearingRule // zero: the Iranian one
	Opening   OpeningRule // zero: nobody proves anything again
	Queued    bool        // papers arrive by the pump; false: under the commit that accepts them, if they are in force
	Strangers int         // reports on messages that nobody sent that are kept at most; 0: 500,000
}

// Dispatcher moves papers. It is safe for concurrent use, by any number of processes on one store.
type Dispatcher struct {
	store     Store
	vault     *vault.Vault
	messages  messages
	pick      Pick
	providers []string
	queriers  map[string]Querier
	nudger    Nudger
	waker     Waker
	ladder    Ladder
	cases     CaseKinds
	gate      Gate
	room      Room
	clock     hub.Clock
	log       *slog.Logger
	meter     Meter
	plan      Plan
	hearing   HearingRule
	opening   OpeningRule
	queued    bool

	zones     zones
	sweeping  sync.Mutex // guards nextSweep
	nextSweep time.Time
	outages   outages
	strangers strangers
	strays    strays
}

// New makes a Dispatcher. Errors: the messages are not complete, or the plan makes no sense.
func New(o Options) (*Dispatcher, error) {
	texts, err := loadMessages(o.Messages)
	if err != nil {
		return nil, err
	}
	plan := o.Plan.orDefault()
	if err := plan.check(); err != nil {
		return nil, fmt.Errorf("plan of delivery: %w", err)
	}
	d := &Dispatcher{
		store: o.Store, vault: o.Vault, messages: texts, pick: o.Pick, providers: o.Providers, queriers: o.Queriers,
		nudger: o.Nudger, waker: o.Waker, ladder: o.Ladder, cases: o.Cases, gate: o.Gate, room: o.Room, clock: o.Clock,
		log: o.Logger, meter: o.Meter, plan: plan, hearing: o.Hearing,
		opening: o.Opening, queued: o.Queued,
	}
	d.strangers.most = cmp.Or(o.Strangers, mostStrangers)
	if d.pick == nil {
		d.pick = func(hub.Priority, map[string]bool) (hub.Sender, bool) { return nil, false }
	}
	if d.nudger == nil {
		d.nudger = silence{}
	}
	if d.waker == nil {
		d.waker = silence{}
	}
	if d.gate == nil {
		d.gate = silence{}
	}
	if d.room == nil {
		d.room = silence{}
	}
	if d.ladder == nil {
		d.ladder = silence{}
	}
	if d.cases == nil {
		d.cases = silence{}
	}
	if d.meter == nil {
		d.meter = silence{}
	}
	if d.hearing == (HearingRule{}) {
		d.hearing = iranHearing()
	}
	return d, nil
}

func (d *Dispatcher) newID() hub.ID { return hub.NewID(d.clock()) }

func (d *Dispatcher) newIDs(n int) []hub.ID { return hub.NewIDs(d.clock(), n) }
