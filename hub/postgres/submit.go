package postgres

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"eblagh/hub"
	"eblagh/hub/dispatch"
	"eblagh/hub/ledger"
	"eblagh/hub/trail"
)

// few is how many papers a call may have that shares its transaction with others: a batch is worth one of its own.
const few = 16

// fewTogether is how many papers are written row by row, in one round trip, at most; of more, COPY is quicker.
const fewTogether = 64

// Accept implements dispatch.Submissions: a handful of statements for any number of papers. Small calls that come at once
// share one transaction.
func (db *DB) Accept(ctx context.Context, in dispatch.Intake, number func(time.Time, int64) (string, error)) (
	[]dispatch.Accepted, error) {
	i := &intake{Intake: in, number: number, call: trail.Of(ctx)}
	if len(in.Papers) > few || !in.Approves.Draft.IsZero() {
		_, err := db.acceptAll(ctx, []*intake{i})
		return i.out, err
	}
	if _, err := db.accepted.do(ctx, i); err != nil {
		return nil, translate(err) // whoever gave up does not look at what others are writing
	}
	return i.out, nil
}

// acceptAll takes calls in, in one transaction. Few papers take the heads of inboxes as they take their references, which
// saves a round trip; when some do not arrive after all, everything goes again as with many.
func (db *DB) acceptAll(ctx context.Context, calls []*intake) ([]struct{}, error) {
	a := acceptance{calls: calls}
	if a.sameKey() {
		return nil, errApart
	}
	pool := db.worker
	if a.few() {
		pool = db.intake
	}
	a.early = a.few() && calls[0].Approves.Draft.IsZero()
	run := func(tx *transaction) error { return a.run(ctx, tx) }
	err := transact(ctx, pool, run)
	if errors.Is(err, errNotAll) {
		a.early = false
		err = transact(ctx, pool, run)
	}
	if err != nil {
		return nil, err
	}
	db.fresh.keep(a.fresh)
	a.rode()
	return make([]struct{}, len(calls)), nil
}

// errNotAll says that heads were taken for papers that do not arrive.
var errNotAll = errors.New("not all of these arrive now")

func (a *acceptance) run(ctx context.Context, tx *transaction) error {
	if err := a.claim(ctx, tx); err != nil {
		return err
	}
	if err := a.decide(); err != nil {
		return err
	}
	if a.arrivals = a.arrivingNow(); a.early && len(a.arrivals) < a.expected {
		return errNotAll
	}
	if err := a.approve(ctx, tx); err != nil {
		return err
	}
	for _, in := range a.calls {
		if err := in.assign(ctx, tx); err != nil {
			return err
		}
	}
	return a.write(ctx, tx)
}

// intake is what one call brings in, and what becomes of it.
type intake struct {
	dispatch.Intake
	number func(time.Time, int64) (string, error)
	call   *trail.Call
	out    []dispatch.Accepted
	rows   []*row
}

// row is a paper that won its reference.
type row struct {
	*dispatch.AcceptPaper
	dispatch.Accepted
	in      *intake
	index   int             // among the papers of its call
	arrives bool            // now
	digests json.RawMessage // its Parts: the paper has them, and so has each of its receipts
}

// acceptance is one transaction of intakes on their way into the tables.
type acceptance struct {
	calls   []*intake
	at      time.Time
	cases   map[dispatch.CaseKey]hub.ID  // zero: not found yet
	won     map[hub.ID]bool              // the papers that have their reference
	taken   map[reference]dispatch.Taken // who has the others
	numbers []int64
	held    map[hub.ID]bool // the submitters whose papers must not arrive now
	rows    []*row          // of all calls

	early    bool // the heads are taken with the references
	expected int  // arrivals, by then
	heads    map[hub.ID]inboxHead
	arrivals []*arriving
	fresh    []ledger.Receipt
	riding   []func()
}

// few reports whether the papers are so few that finding them weighs more than writing them.
func (a *acceptance) few() bool {
	n := 0
	for _, in := range a.calls {
		n += len(in.Papers)
	}
	return n <= fewTogether
}

// entries is one for all the papers of a call, which costs no transaction of its own: each paper has its own receipt,
// which names the submitter. Where none was accepted, it is the entry of any other change.
func (a *acceptance) entries() (all []trail.Entry) {
	for _, in := range a.calls {
		if len(in.rows) == 0 {
			if own := in.call.Rider(); len(own) > 0 {
				all, a.riding = append(all, own...), append(a.riding, in.call.Rode)
			}
			continue
		}
		var made []trail.Object
		if len(in.rows) == 1 {
			made = []trail.Object{{Kind: "notice", ID: in.rows[0].Notice}}
		}
		if own := in.call.Whole(len(in.rows), made...); len(own) > 0 {
			if len(own[0].Objects) == 1 && len(made) == 1 { // the paper alone: whose it is need not be looked up
				own[0].Persons = []hub.ID{in.rows[0].Recipient}
			}
			all, a.riding = append(all, own...), append(a.riding, in.call.Ended)
		}
	}
	return all
}

// queueEntries adds the entries to a batch.
func (a *acceptance) queueEntries(b *pgx.Batch) error {
	entries := a.entries()
	if len(entries) == 0 {
		return nil
	}
	text, err := trailText(entries)
	if err == nil {
		b.Queue(insertTrail, text)
	}
	return err
}

func (a *acceptance) rode() {
	for _, rode := range a.riding {
		rode()
	}
}
