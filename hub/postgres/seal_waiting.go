package postgres

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"eblagh/hub"
	"eblagh/hub/ledger"
	"eblagh/hub/seal"
)

const selectQueue = `SELECT first, receipts FROM hub_waiting($1)`

const selectWaiting = `
SELECT id, event, at, recorded_at, notice, submitter, case_id, recipient, capacity, actor_kind, actor, auth, channel,
	provider, provider_message_id, provider_status, reason, rule, rule_version, details, salt, form
FROM receipts WHERE id = ANY ($1::uuid[]) AND id BETWEEN $2 AND $3`

// Waiting implements seal.Session. The receipts are looked up by id, not joined: it costs the same however many there are.
func (s *sealSession) Waiting(ctx context.Context, limit int) ([]ledger.Receipt, time.Time, error) {
	var now time.Time
	if err := s.conn.QueryRow(ctx, `SELECT hub_now()`).Scan(&now); err != nil || limit == 0 {
		return nil, now, translate(err)
	}
	ids, err := s.takeQueue(ctx, limit)
	if err != nil || len(ids) == 0 {
		return nil, now, translate(err)
	}
	receipts, others := s.fresh.take(ids)
	if len(others) > 0 {
		read, err := s.readWaiting(ctx, others)
		if err != nil {
			return nil, now, err
		}
		receipts = append(receipts, read...)
	}
	slices.SortFunc(receipts, func(a, b ledger.Receipt) int { return bytes.Compare(a.ID[:], b.ID[:]) })
	return receipts, now, nil
}

func (s *sealSession) readWaiting(ctx context.Context, ids []hub.ID) ([]ledger.Receipt, error) {
	first, last := span(ids)
	rows, _ := s.conn.Query(ctx, selectWaiting, ids, first, last)
	receipts, err := waitingReceipts(rows, len(ids))
	if err != nil {
		return nil, translate(fmt.Errorf("receipts that wait: %w", err))
	}
	if len(receipts) < len(ids) {
		return nil, fmt.Errorf("%d of %d receipts: %w", len(ids)-len(receipts), len(ids), seal.ErrVanished)
	}
	return receipts, nil
}

// waitingReceipts reads what selectWaiting gives. Each receipt passes here once, so that their details stay text.
func waitingReceipts(rows pgx.Rows, n int) ([]ledger.Receipt, error) {
	list := make([]ledger.Receipt, 0, n)
	var r ledger.Receipt
	var notice, submitter, matter, recipient, actor *[16]byte
	var event, capacity, kind, channel, reason string
	var salt []byte
	_, err := pgx.ForEachRow(rows, []any{(*[16]byte)(&r.ID), &event, &r.At, &r.RecordedAt, &notice, &submitter, &matter, &recipient,
		&capacity, &kind, &actor, &r.Actor.Auth, &channel, &r.Provider, &r.ProviderMessageID, &r.ProviderStatus, &reason,
		&r.Rule, &r.RuleVersion, &r.Text, &salt, &r.Form}, func() error {
		r.Event, r.Capacity, r.Actor.Kind = hub.Event(event), hub.Capacity(capacity), hub.ActorKind(kind)
		r.Channel, r.Reason = hub.Channel(channel), hub.Reason(reason)
		r.Notice, r.Submitter, r.Case = idOrZero(notice), idOrZero(submitter), idOrZero(matter)
		r.Recipient, r.Actor.ID = idOrZero(recipient), idOrZero(actor)
		if copy(r.Salt[:], salt) != ledger.SaltSize {
			return fmt.Errorf("receipt %s has no salt", r.ID)
		}
		list = append(list, r)
		r.Text = nil // the next row has bytes of its own
		return nil
	})
	return list, err
}

func idOrZero(id *[16]byte) hub.ID {
	if id == nil {
		return hub.ID{}
	}
	return *id
}

// takeQueue gives the receipts of the oldest rows of the queue, and remembers the rows.
func (s *sealSession) takeQueue(ctx context.Context, limit int) (receipts []hub.ID, err error) {
	s.taken = nil
	var first hub.ID
	var together []hub.ID
	rows, _ := s.conn.Query(ctx, selectQueue, limit)
	_, err = pgx.ForEachRow(rows, []any{&first, &together}, func() error {
		s.taken, receipts = append(s.taken, first), append(receipts, together...)
		return nil
	})
	return receipts, err
}
