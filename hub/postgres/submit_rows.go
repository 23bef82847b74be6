package postgres

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"eblagh/hub"
)

// write writes the papers with all that belongs to them, and what arrives with its acceptance, and commits. A batch takes
// the heads of inboxes late, so that it holds them for a moment only.
func (a *acceptance) write(ctx context.Context, tx *transaction) error {
	accepted, err := a.acceptances()
	if err != nil {
		return err
	}
	rows := []tableRows{correctionColumns.rows(a.correctionRows()), noticeColumns.rows(a.noticeRows()),
		deliveryColumns.rows(a.deliveryRows())}
	receipts := accepted
	if !a.early {
		if !a.few() { // few are written in one statement with those of the arrivals
			rows, receipts = append(rows, receiptRows(accepted)), nil
		}
		b := &pgx.Batch{}
		if err := a.put(ctx, tx, b, rows...); err != nil {
			return err
		}
		if rows = nil; len(a.arrivals) > 0 {
			a.heads = queueHeads(b, column(a.arrivals, func(v *arriving) hub.ID { return v.Recipient }))
		}
		if err := tx.send(ctx, b); err != nil {
			return fmt.Errorf("write papers: %w", err)
		}
	}
	a.arrived()
	consigned := a.consignments()
	a.fresh = slices.Concat(accepted, consigned)
	return a.end(ctx, tx, append(rows, receiptRows(append(receipts, consigned...)), inboxColumns.rows(a.inboxRows()), timerColumns.rows(a.timerRows()))...)
}

// end writes the last rows with what rides with the papers, and commits.
func (a *acceptance) end(ctx context.Context, tx *transaction, rows ...tableRows) error {
	b := &pgx.Batch{}
	a.queueParties(b)
	if err := a.put(ctx, tx, b, rows...); err != nil {
		return err
	}
	a.queueAnswers(b)
	if err := a.queueEntries(b); err != nil {
		return err
	}
	if err := tx.commit(ctx, b); err != nil {
		return a.keyTaken(fmt.Errorf("write papers: %w", err))
	}
	return nil
}

// put writes rows: many by COPY, a few in the round trip of a batch.
func (a *acceptance) put(ctx context.Context, tx *transaction, b *pgx.Batch, tables ...tableRows) error {
	for _, table := range tables {
		var err error
		if a.few() {
			err = table.queue(b)
		} else {
			err = table.copy(ctx, tx.conn)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

var noticeColumns = into("notices", "id uuid", "number text", "reference text", "submitter uuid", "case_id uuid", "kind text",
	"capacity text", "recipient uuid", "subject_ct bytea", "body_ct bytea", "documents uuid[]", "parts jsonb", "channels text[]",
	"priority text", "not_before timestamptz", "expires_at timestamptz", "hearing_at timestamptz", "corrects uuid", "on_behalf_of uuid",
	"created_at timestamptz")

func (a *acceptance) noticeRows() [][]any {
	return column(a.rows, func(r *row) []any {
		documents := append([]hub.ID{}, r.Paper.Documents...)
		return []any{r.Notice, r.Number, r.Paper.Reference, r.in.Submitter, r.Accepted.Case, r.Paper.Kind,
			r.Paper.Capacity, r.Recipient, r.SubjectCT, r.BodyCT, documents, r.digests, r.Paper.Channels,
			r.Paper.Priority, orNull(r.Paper.NotBefore), orNull(r.Paper.ExpiresAt), orNull(r.Paper.HearingAt), r.Corrects,
			r.OnBehalfOf, a.at}
	})
}

var deliveryColumns = into("deliveries", "id uuid", "notice uuid", "recipient uuid", "submitter uuid", "channel text",
	"priority text", "status text", "due_at timestamptz", "expires_at timestamptz", "created_at timestamptz", "updated_at timestamptz")

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

var timerColumns = into("timers", "id uuid", "kind text", "notice uuid", "due_at timestamptz", "ladder text", "rung text")

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
