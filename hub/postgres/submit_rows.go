package postgres

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"eblagh/hub"
)

// tableRows are rows on their way into a table.
type tableRows struct {
	name    string
	columns []string
	values  [][]any
}

// write writes the papers with all that belongs to them, and what arrives with its acceptance. The heads of inboxes are
// taken late, so that a batch holds them for a moment only.
func (a *acceptance) write(ctx context.Context, tx pgx.Tx) error {
	a.arrivals = a.arrivingNow()
	b := &pgx.Batch{}
	if len(a.arrivals) > 0 {
		b.Queue(insertParties, column(a.arrivals, func(v *arriving) hub.ID { return v.Recipient }),
			column(a.arrivals, func(v *arriving) hub.ID { return v.caseID }))
		queueHeads(b, a.arrivals)
	}
	before := []tableRows{{"corrections", correctionColumns, a.correctionRows()}, {"notices", noticeColumns, a.noticeRows()},
		{"deliveries", deliveryColumns, a.deliveryRows()}}
	receipts := tableRows{"receipts", receiptColumns, a.receiptRows()}
	if !a.few() { // few are written in one statement with those of the arrivals
		before, receipts.values = append(before, receipts), nil
	}
	if err := a.put(ctx, tx, b, before...); err != nil {
		return err
	}
	a.arrived()
	b = &pgx.Batch{}
	a.queueAnswers(b)
	receipts.values = append(receipts.values, a.consignmentRows()...)
	err := a.put(ctx, tx, b, receipts, tableRows{"inbox", inboxColumns, a.inboxRows()}, tableRows{"timers", timerColumns, a.timerRows()})
	if err != nil {
		return err
	}
	return a.checkAnswers()
}

// put writes rows and then runs a batch: many rows by COPY, a few in the batch's own round trip.
func (a *acceptance) put(ctx context.Context, tx pgx.Tx, after *pgx.Batch, tables ...tableRows) error {
	b := &pgx.Batch{}
	for _, table := range tables {
		if a.few() {
			table.queue(b)
			continue
		}
		if len(table.values) == 0 {
			continue
		}
		_, err := tx.CopyFrom(ctx, pgx.Identifier{table.name}, table.columns, pgx.CopyFromRows(table.values))
		if err != nil {
			return fmt.Errorf("copy %s: %w", table.name, err)
		}
	}
	if b.QueuedQueries = append(b.QueuedQueries, after.QueuedQueries...); b.Len() == 0 {
		return nil
	}
	if err := tx.SendBatch(ctx, b).Close(); err != nil {
		return fmt.Errorf("write papers: %w", err)
	}
	return nil
}

// rowsAtOnce is how many rows one INSERT has at most.
const rowsAtOnce = 16

// queue adds the rows to a batch: sixteen, eight, four, two, one in a statement, so that there are five statements to plan
// and not as many as there are numbers of rows.
func (t tableRows) queue(b *pgx.Batch) {
	for values := t.values; len(values) > 0; {
		n := rowsAtOnce
		for n > len(values) {
			n /= 2
		}
		b.Queue(t.insert(n), slices.Concat(values[:n]...)...)
		values = values[n:]
	}
}

// insert is the statement for so many rows.
func (t tableRows) insert(rows int) string {
	text := strings.Builder{}
	text.WriteString("INSERT INTO " + t.name + " (" + strings.Join(t.columns, ", ") + ") VALUES ")
	for place := 0; place < rows*len(t.columns); place++ {
		switch {
		case place == 0:
			text.WriteString("($1")
		case place%len(t.columns) == 0:
			fmt.Fprintf(&text, "), ($%d", place+1)
		default:
			fmt.Fprintf(&text, ", $%d", place+1)
		}
	}
	return text.String() + ")"
}

var noticeColumns = []string{"id", "number", "reference", "submitter", "case_id", "kind", "capacity", "recipient",
	"subject_ct", "body_ct", "documents", "parts", "channels", "priority", "not_before", "expires_at", "hearing_at",
	"corrects", "on_behalf_of", "created_at"}

func (a *acceptance) noticeRows() [][]any {
	return column(a.rows, func(r *row) []any {
		documents := append([]hub.ID{}, r.Paper.Documents...)
		return []any{r.Notice, r.Number, r.Paper.Reference, r.in.Submitter, r.Accepted.Case, r.Paper.Kind,
			r.Paper.Capacity, r.Recipient, r.SubjectCT, r.BodyCT, documents, r.Parts, r.Paper.Channels,
			r.Paper.Priority, orNull(r.Paper.NotBefore), orNull(r.Paper.ExpiresAt), orNull(r.Paper.HearingAt), r.Corrects,
			r.OnBehalfOf, a.at}
	})
}

var deliveryColumns = []string{"id", "notice", "recipient", "submitter", "channel", "priority", "status", "due_at",
	"expires_at", "created_at", "updated_at"}

// deliveryRows: the inbox is due when the paper comes into force, the text after the arrival. What arrives now has got there.
func (a *acceptance) deliveryRows() [][]any {
	var out [][]any
	never := pgtype.Timestamptz{InfinityModifier: pgtype.Infinity, Valid: true}
	for _, r := range a.rows {
		due := a.at
		if r.Paper.NotBefore.After(due) {
			due = r.Paper.NotBefore
		}
		add := func(id hub.ID, channel hub.Channel, status hub.DeliveryStatus, due any) {
			out = append(out, []any{id, r.Notice, r.Recipient, r.in.Submitter, channel, r.Paper.Priority, status, due,
				orNull(r.Paper.ExpiresAt), a.at, a.at})
		}
		var textDue any = never
		if r.arrives {
			add(r.Inbox, hub.ChannelInbox, hub.DeliveryDelivered, nil)
			textDue = a.at
		} else {
			add(r.Inbox, hub.ChannelInbox, hub.DeliveryPending, due)
		}
		if !r.SMS.IsZero() {
			add(r.SMS, hub.ChannelSMS, hub.DeliveryPending, textDue)
		}
	}
	return out
}

var timerColumns = []string{"id", "kind", "notice", "due_at", "ladder", "rung"}

// timerRows are of the end of a paper, and of the rung that follows its arrival.

func (a *acceptance) timerRows() [][]any {
	var out [][]any
	for _, r := range a.rows {
		if !r.Timer.IsZero() {
			out = append(out, []any{r.Timer, "expire", r.Notice, r.Paper.ExpiresAt, nil, nil})
		}
	}
	for _, v := range a.arrivals {
		if next := v.row.AtOnce; next.Follows {
			out = append(out, []any{next.Timer, "ladder", v.Notice, v.At.Add(next.Rung.After), next.Rung.Ladder, next.Rung.Name})
		}
	}
	return out
}

var receiptColumns = []string{"id", "event", "at", "notice", "submitter", "case_id", "recipient", "capacity",
	"actor_kind", "actor", "auth", "channel", "details"}

// receiptRows are A.1, EN 319 522-1.
func (a *acceptance) receiptRows() [][]any {
	return column(a.rows, func(r *row) []any {
		details := map[string]any{"parts": r.Parts}
		if !r.Corrects.IsZero() {
			details["corrects"] = r.Corrects
		}
		if !r.OnBehalfOf.IsZero() {
			details["on_behalf_of"] = r.OnBehalfOf
		}
		r.in.checked(details)
		return []any{r.Receipt, hub.EventSubmissionAcceptance, a.at, r.Notice, r.in.Submitter, r.Accepted.Case,
			r.Recipient, r.Paper.Capacity, r.in.Actor.Kind, r.in.Actor.ID, r.in.Actor.Auth,
			"", details}
	})
}
