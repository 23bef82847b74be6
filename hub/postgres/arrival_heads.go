package postgres

import (
	"cmp"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"eblagh/hub"
)

// takeHeads takes each recipient's head, in the order of recipients, so that no two tasks wait for each other in a
// circle. It makes cursors without a gap and times that never go back.
const takeHeads = `INSERT INTO inbox_cursors AS c (recipient, last, last_arrived_at)
	SELECT recipient, total, hub_now() FROM unnest($1::uuid[], $2::bigint[]) AS u (recipient, total) ORDER BY recipient
	ON CONFLICT (recipient) DO UPDATE SET last = c.last + excluded.last,
		last_arrived_at = greatest(c.last_arrived_at, hub_now())
	RETURNING recipient, last, last_arrived_at, hub_now()`

// inboxHead is how far a recipient's inbox reaches, with what arrives now.
type inboxHead struct {
	last  int64
	at    time.Time // of the arrival: not before that of what arrived before
	taken time.Time // by the clock
}

// queueHeads takes the heads of the recipients of arrivals, one for each arrival, whose places place gives.
func queueHeads(b *pgx.Batch, each []hub.ID) map[hub.ID]inboxHead {
	count := make(map[hub.ID]int64, len(each))
	for _, id := range each {
		count[id]++
	}
	recipients, totals := make([]hub.ID, 0, len(count)), make([]int64, 0, len(count))
	for id, total := range count {
		recipients, totals = append(recipients, id), append(totals, total)
	}
	heads := make(map[hub.ID]inboxHead, len(count))
	b.Queue(takeHeads, recipients, totals).Query(func(rows pgx.Rows) error {
		var recipient hub.ID
		var h inboxHead
		_, err := pgx.ForEachRow(rows, []any{&recipient, &h.last, &h.at, &h.taken}, func() error {
			heads[recipient] = h
			return nil
		})
		return err
	})
	return heads
}

// place gives each arrival its cursor, in the order of submission.
func place(all []*arriving, heads map[hub.ID]inboxHead) {
	sorted := slices.SortedFunc(slices.Values(all), func(x, y *arriving) int { return cmp.Compare(y.number, x.number) })
	for _, a := range sorted { // the last one first
		h := heads[a.Recipient]
		a.Cursor, a.At, a.taken = h.last, h.at, h.taken
		h.last--
		heads[a.Recipient] = h
	}
}
