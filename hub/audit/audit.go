package audit

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"eblagh/hub/ledger"
)

// How much one batch reads.
const (
	logStep = 8 * ledger.TileWidth
	rowStep = 1_000
	docStep = 100
)

// Options are what an audit needs; Store, Keys, Vault and Bytes must be there.
type Options struct {
	Store    Store
	Keys     ledger.Keys // the log's, also those that were retired
	Vault    Vault
	Bytes    Bytes
	Held     []string      // checkpoints that were kept outside
	Limit    time.Duration // how long a receipt may wait to be sealed
	From     int64         // the first entry to look at; what is before is taken from the tiles
	State    State         // of an audit that was stopped, or done before
	Save     func(State) error
	Found    func(Finding)
	Progress func(phase Phase, done, total int64) // total is 0 where it is not known
}

// run is one audit under way.
type run struct {
	o      Options
	state  State
	report *Report
	head   Head
	now    time.Time
}

// Run audits everything. Errors: the store fails, or ctx ends; the state that was saved last takes it up again. That
// something is wrong is no error: see the report.
func Run(ctx context.Context, o Options) (Report, error) {
	a := &run{o: o, state: o.State}
	if err := a.begin(ctx); err != nil {
		return Report{}, err
	}
	walks := map[Phase]func(context.Context) error{
		PhaseLog: a.walkLog, PhaseReceipts: a.walkReceipts, PhaseArrivals: a.walkArrivals, PhaseOpenings: a.walkOpenings,
		PhaseNotices: a.walkNotices, PhaseDocuments: a.walkDocuments, PhaseCertificates: a.walkCertificates,
		PhaseTrail: a.walkTrail,
	}
	for _, phase := range phases[slices.Index(phases, a.state.Phase):] {
		a.state.Phase = phase
		if err := walks[phase](ctx); err != nil {
			return *a.report, fmt.Errorf("audit of %s: %w", phase, err)
		}
		a.state.Index, a.state.After, a.state.Cursor = 0, "", 0
	}
	return *a.report, a.end()
}

// begin takes an audit up, or starts one up to the newest signed checkpoint.
func (a *run) begin(ctx context.Context) (err error) {
	if a.now, err = a.o.Store.Now(ctx); err != nil {
		return err
	}
	signed, newest, err := a.o.Store.NewestHead(ctx)
	if err != nil {
		return err
	}
	a.head = signed
	if a.state.Report != nil && slices.Contains(phases, a.state.Phase) {
		return a.resume(signed)
	}
	held := a.state.Held
	if a.state.Checkpoint != "" {
		held = append(held, a.state.Checkpoint)
	}
	a.state = State{Form: stateForm, Checkpoint: signed.Note, Phase: PhaseLog, Index: a.o.From / ledger.TileWidth * ledger.TileWidth,
		Held: held[max(0, len(held)-heldMost):]}
	a.report = &Report{Checkpoint: signed.Note, Looked: map[Phase]int64{}, ByKind: map[Kind]int64{}, Began: a.now, Findings: []Finding{}}
	a.state.Report = a.report
	if signed.N == 0 {
		a.found(Unsealed, "log", "there is no signed checkpoint in the database")
	}
	return a.checkHead(ctx, newest)
}

// resume goes on with the checkpoint that the audit was begun for: the log may have grown since.
func (a *run) resume(newest Head) error {
	a.report = a.state.Report
	a.report.Looked, a.report.ByKind = orMap(a.report.Looked), orMap(a.report.ByKind)
	a.report.Resumed = true
	if a.state.Checkpoint == "" {
		a.head = Head{}
		return nil
	}
	c, err := ledger.OpenCheckpoint(a.state.Checkpoint, a.o.Keys)
	if err != nil {
		return fmt.Errorf("the state to go on from: %w", err)
	}
	a.head = Head{Tree: c.Tree, Time: c.Time, Note: a.state.Checkpoint}
	if newest.N < c.N {
		a.found(RolledBack, "log", "the audit began at %d entries; now the newest checkpoint has %d", c.N, newest.N)
	}
	return nil
}

func (a *run) end() error {
	a.report.Ended = a.now
	a.state.Phase, a.state.Report = PhaseDone, nil
	return a.save()
}

func (a *run) save() error {
	if a.o.Save == nil {
		return nil
	}
	return a.o.Save(a.state)
}

// looked counts what a batch looked at, tells of it, and saves the state. A finding is saved with the batch it is of.
func (a *run) looked(n int, done, total int64) error {
	a.report.Looked[a.state.Phase] += int64(n)
	if a.o.Progress != nil {
		a.o.Progress(a.state.Phase, done, total)
	}
	return a.save()
}

func (a *run) found(kind Kind, of, detail string, args ...any) {
	f := Finding{Kind: kind, Of: of, Detail: fmt.Sprintf(detail, args...), Notice: kind.notice()}
	a.report.add(f)
	if a.o.Found != nil {
		a.o.Found(f)
	}
}

func orMap[K comparable](m map[K]int64) map[K]int64 {
	if m == nil {
		return map[K]int64{}
	}
	return maps.Clone(m)
}
