package postgres

import (
	"context"
	"fmt"
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

// write writes the papers with all that belongs to them: many by COPY, a few in one round trip.
func (a *acceptance) write(ctx context.Context, tx pgx.Tx) error {
	tables := []tableRows{
		{"corrections", correctionColumns, a.correctionRows()},
		{"notices", noticeColumns, a.noticeRows()},
		{"deliveries", deliveryColumns, a.deliveryRows()},
		{"timers", timerColumns, a.timerRows()},
		{"receipts", acceptanceColumns, a.receiptRows()},
	}
	if len(a.rows) <= few {
		return insertAll(ctx, tx, tables)
	}
	for _, table := range tables {
		if len(table.values) == 0 {
			continue
		}
		_, err := tx.CopyFrom(ctx, pgx.Identifier{table.name}, table.columns, pgx.CopyFromRows(table.values))
		if err != nil {
			return fmt.Errorf("copy %s: %w", table.name, err)
		}
	}
	return nil
}

func insertAll(ctx context.Context, tx pgx.Tx, tables []tableRows) error {
	b := &pgx.Batch{}
	for _, table := range tables {
		places := make([]string, len(table.columns))
		for i := range places {
			places[i] = fmt.Sprintf("$%d", i+1)
		}
		insert := "INSERT INTO " + table.name + " (" + strings.Join(table.columns, ", ") + ") VALUES (" + strings.Join(places, ", ") + ")"
		for _, row := range table.values {
			b.Queue(insert, row...)
		}
	}
	if b.Len() == 0 {
		return nil
	}
	if err := tx.SendBatch(ctx, b).Close(); err != nil {
		return fmt.Errorf("write papers: %w", err)
	}
	return nil
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

var deliveryColumns = []string{"id", "notice", "recipient", "submitter", "channel", "priority", "due_at", "expires_at",
	"created_at", "updated_at"}

// deliveryRows: the inbox is due when the paper comes into force, the text only after the arrival.
func (a *acceptance) deliveryRows() [][]any {
	var out [][]any
	never := pgtype.Timestamptz{InfinityModifier: pgtype.Infinity, Valid: true}
	for _, r := range a.rows {
		due := a.at
		if r.Paper.NotBefore.After(due) {
			due = r.Paper.NotBefore
		}
		add := func(id hub.ID, channel hub.Channel, due any) {
			out = append(out, []any{id, r.Notice, r.Recipient, r.in.Submitter, channel, r.Paper.Priority, due,
				orNull(r.Paper.ExpiresAt), a.at, a.at})
		}
		add(r.Inbox, hub.ChannelInbox, due)
		if !r.SMS.IsZero() {
			add(r.SMS, hub.ChannelSMS, never)
		}
	}
	return out
}

var timerColumns = []string{"id", "kind", "notice", "due_at"}

func (a *acceptance) timerRows() [][]any {
	var out [][]any
	for _, r := range a.rows {
		if !r.Timer.IsZero() {
			out = append(out, []any{r.Timer, "expire", r.Notice, r.Paper.ExpiresAt})
		}
	}
	return out
}

var acceptanceColumns = []string{"id", "event", "at", "notice", "submitter", "case_id", "recipient", "capacity",
	"actor_kind", "actor", "auth", "details"}

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
			details}
	})
}
