package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"eblagh/hub"
	"eblagh/hub/dispatch"
)

// sorted are the texts of a Beginning by what becomes of them.
type sorted struct {
	started []dispatch.Started
	useless []closing
	hushed  []hushed
}

// hushed is a text that would ring in its recipient's quiet hours.
type hushed struct {
	dispatch.Moved
	until time.Time
}

// sortTexts tells what can be sent from what is too late, has nowhere to go, or has to wait.
func sortTexts(rows pgx.Rows, b dispatch.Beginning) (out sorted, err error) {
	var s dispatch.Started
	var late bool
	var zone string
	var now time.Time
	fields := []any{&s.Key.Delivery, &s.Key.N, &s.Priority, &s.Challenge, &s.Person, &s.About.Notice, &s.About.Submitter,
		&s.About.Case, &s.About.Capacity, &s.MobileCT, &s.Language, &s.Number, &s.ArrivedAt, &s.Purpose, &late, &zone, &now, &s.Shared}
	_, err = pgx.ForEachRow(rows, fields, func() error {
		receipt := b.Receipts[len(out.useless)]
		switch {
		case late:
			out.useless = append(out.useless, closing{s.Key.Delivery, hub.DeliveryExpired, hub.ReasonExpired, receipt})
			return nil
		case s.MobileCT == nil:
			out.useless = append(out.useless, closing{s.Key.Delivery, hub.DeliveryFailed, hub.ReasonNoContact, receipt})
			return nil
		}
		if b.Hush != nil {
			if until, quiet := b.Hush(s.Priority, zone, now); quiet {
				out.hushed = append(out.hushed, hushed{dispatch.Moved{Delivery: s.Key.Delivery, Priority: s.Priority,
					Status: hub.DeliveryPending, Reason: hub.ReasonQuietHours}, until})
				return nil
			}
		}
		out.started = append(out.started, s)
		return nil
	})
	return out, err
}

const hushTexts = `UPDATE deliveries d SET status = 'pending', due_at = u.until, last_reason = 'quiet_hours', updated_at = hub_now()
	FROM unnest($1::uuid[], $2::timestamptz[]) AS u (delivery, until) WHERE d.id = u.delivery`

// hush gives texts back until the quiet hours are over. It is no attempt, and nothing that the law asks after: no receipt.
func hush(ctx context.Context, tx pgx.Tx, all []hushed) error {
	if len(all) == 0 {
		return nil
	}
	_, err := tx.Exec(ctx, hushTexts, column(all, func(h hushed) hub.ID { return h.Delivery }),
		column(all, func(h hushed) time.Time { return h.until }))
	if err != nil {
		return fmt.Errorf("hush texts: %w", err)
	}
	return nil
}
