package postgres

import (
	"github.com/jackc/pgx/v5"

	"eblagh/hub"
	"eblagh/hub/dispatch"
)

// A paper that is in force and that nothing holds arrives under the commit that accepts it: nobody can lose it on the way.

const selectArrivalsHeld = `SELECT d.submitter FROM unnest($1::uuid[]) AS d (submitter) WHERE ` + arrivalHeld

func (a *acceptance) queueHeld(b *pgx.Batch) {
	a.held = map[hub.ID]bool{}
	b.Queue(selectArrivalsHeld, column(a.calls, func(in *intake) hub.ID { return in.Submitter })).Query(func(rows pgx.Rows) error {
		held, err := pgx.CollectRows(rows, pgx.RowTo[hub.ID])
		for _, submitter := range held {
			a.held[submitter] = true
		}
		return err
	})
}

func (a *acceptance) arrivesNow(in *intake, p *dispatch.AcceptPaper) bool {
	return !p.AtOnce.Receipt.IsZero() && !a.held[in.Submitter] && (p.Paper.ExpiresAt.IsZero() || p.Paper.ExpiresAt.After(a.at))
}

// queueEarlyHeads takes the heads of all who may have something arrive now.
func (a *acceptance) queueEarlyHeads(b *pgx.Batch, papers []*dispatch.AcceptPaper) {
	var each []hub.ID
	for _, p := range papers {
		if !p.AtOnce.Receipt.IsZero() {
			each = append(each, p.Recipient)
		}
	}
	if a.expected = len(each); a.expected > 0 {
		a.heads = queueHeads(b, each)
	}
}

func (a *acceptance) arrivingNow() (all []*arriving) {
	for _, r := range a.rows {
		if !r.arrives {
			continue
		}
		v := &arriving{delivery: r.Inbox, receipt: r.AtOnce.Receipt, submitter: r.in.Submitter, caseID: r.Accepted.Case,
			number: r.Number, capacity: string(r.Paper.Capacity), row: r}
		v.Notice, v.Recipient = r.Notice, r.Recipient
		all = append(all, v)
	}
	return all
}

var inboxColumns = into("inbox", "recipient uuid", "cursor bigint", "notice uuid", "submitter uuid", "arrived_at timestamptz")

func (a *acceptance) inboxRows() [][]any {
	return column(a.arrivals, func(v *arriving) []any {
		return []any{v.Recipient, v.Cursor, v.Notice, v.submitter, v.At}
	})
}

// arrived gives arrivals their places, and tells each call what of it has arrived.
func (a *acceptance) arrived() {
	place(a.arrivals, a.heads)
	for _, v := range a.arrivals {
		v.row.in.out[v.row.index].Placed = v.Arrival
	}
}
