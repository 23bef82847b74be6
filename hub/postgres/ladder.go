package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"eblagh/hub"
	"eblagh/hub/ladder"
)

// Rungs that are locked, or whose notice is, are in somebody else's hands: firing, or stopping. None is waited for.
const lockRungs = `
SELECT t.id FROM (
	SELECT id, notice FROM timers WHERE kind = 'ladder' AND fired_at IS NULL AND due_at <= (SELECT hub_now())
		AND ladder = ANY ($1::text[]) ORDER BY due_at LIMIT $2 FOR UPDATE SKIP LOCKED) t
CROSS JOIN LATERAL (SELECT FROM deliveries d WHERE d.notice = t.notice AND d.channel = 'inbox' FOR UPDATE SKIP LOCKED) d`

// A statement of its own, after the locks: what it reads cannot change any more before the commit.
const selectRungs = `
SELECT t.id, t.notice, t.ladder, t.rung, n.kind, n.channels, i.arrived_at, op.notice IS NOT NULL, k.notice IS NOT NULL,
	coalesce(EXISTS (SELECT FROM inbox ki WHERE ki.recipient = n.recipient AND ki.notice = k.notice), false),
	EXISTS (SELECT FROM rungs r WHERE r.notice = t.notice AND r.name = t.rung), coalesce(n.expires_at <= (SELECT hub_now()), false),
	EXISTS (SELECT FROM deliveries d WHERE d.notice = t.notice AND d.channel = 'sms' AND d.due_at IS NOT NULL),
	a.address_ct IS NOT NULL, p.residence = 'abroad',
	EXISTS (SELECT FROM grants g JOIN organisations o ON o.id = g.organisation WHERE g.organisation = c.branch
		AND g.role = 'service_officer' AND g.revoked_at IS NULL AND o.disabled_at IS NULL AND g.person <> n.recipient)
FROM timers t
	JOIN notices n ON n.id = t.notice
	JOIN cases c ON c.id = n.case_id
	JOIN inbox i ON i.recipient = n.recipient AND i.notice = n.id
	JOIN persons p ON p.id = n.recipient
	LEFT JOIN contacts a ON a.person = n.recipient AND a.until IS NULL
	LEFT JOIN opens op ON op.notice = n.id
	LEFT JOIN corrections k ON k.corrects = n.id
WHERE t.id = ANY ($1::uuid[]) ORDER BY t.due_at`

const (
	insertRungTexts = `INSERT INTO deliveries (id, notice, recipient, submitter, channel, priority, due_at, expires_at)
		SELECT u.id, n.id, n.recipient, n.submitter, 'sms', n.priority, hub_now(), n.expires_at
		FROM unnest($1::uuid[], $2::uuid[]) AS u (id, notice) JOIN notices n ON n.id = u.notice`

	// F.1, EN 319 522-1: given to the officers of the branch, with the address in force.
	insertTasks = `
WITH now AS MATERIALIZED (SELECT hub_now() AS now), made AS (
	INSERT INTO officer_tasks (id, notice, organisation, submitter, recipient, contact, created_at, due_at)
	SELECT u.id, n.id, c.branch, n.submitter, n.recipient, a.id, now, now + u.due
	FROM unnest($1::uuid[], $2::uuid[], $3::interval[]) AS u (id, notice, due)
		CROSS JOIN now JOIN notices n ON n.id = u.notice JOIN cases c ON c.id = n.case_id
		JOIN contacts a ON a.person = n.recipient AND a.until IS NULL
	RETURNING id, notice, organisation, contact, created_at, due_at
)
INSERT INTO receipts (id, event, at, notice, submitter, case_id, recipient, capacity, actor_kind, rule, rule_version,
	details)
SELECT u.receipt, 'RelayToNonERDS', m.created_at, n.id, n.submitter, n.case_id, n.recipient, n.capacity, 'system',
	'ladder.' || u.ladder, u.version, jsonb_build_object('task', m.id, 'organisation', m.organisation,
		'contact', m.contact, 'due_at', m.due_at, 'parts', n.parts)
FROM made m JOIN unnest($1::uuid[], $4::uuid[], $5::text[], $6::text[]) AS u (id, receipt, ladder, version) ON u.id = m.id
	JOIN notices n ON n.id = m.notice`

	// F.2, EN 319 522-1: nobody can carry it.
	insertRelayFailures = `INSERT INTO receipts (id, event, at, notice, submitter, case_id, recipient, capacity, actor_kind,
			reason, rule, rule_version)
		SELECT u.receipt, 'RelayToNonERDSFailure', hub_now(), n.id, n.submitter, n.case_id, n.recipient, n.capacity,
			'system', u.reason, 'ladder.' || u.ladder, u.version
		FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[])
			AS u (notice, receipt, reason, ladder, version) JOIN notices n ON n.id = u.notice`

	// The key of rungs is why each happens once.
	insertRungs = `INSERT INTO rungs (notice, name, ladder, at, delivery, task, reason)
		SELECT notice, name, ladder, hub_now(), delivery, task, nullif(reason, '')
		FROM unnest($1::uuid[], $2::text[], $3::text[], $4::uuid[], $5::uuid[], $6::text[])
			AS u (notice, name, ladder, delivery, task, reason)`

	fireTimers = `UPDATE timers t SET fired_at = hub_now(), stopped = nullif(u.stopped, '')
		FROM unnest($1::uuid[], $2::text[]) AS u (id, stopped) WHERE t.id = u.id`

	postponeTimers = `UPDATE timers t SET due_at = hub_now() + u.wait
		FROM unnest($1::uuid[], $2::interval[]) AS u (id, wait) WHERE t.id = u.id`
)

// dueRung is a rung about to do its step.
type dueRung struct {
	ladder.Step
	arrivedAt time.Time
	made      hub.ID // the delivery or the task
	receipt   hub.ID
}

// FireRungs implements ladder.Store.
func (db *DB) FireRungs(ctx context.Context, ladders []string, limit int, decide func(ladder.Due) ladder.Step,
	newID func() hub.ID) ([]ladder.Step, error) {
	var steps []ladder.Step
	err := db.write(ctx, func(tx pgx.Tx) error {
		due, err := lockDueRungs(ctx, tx, ladders, limit)
		if err != nil || len(due) == 0 {
			return err
		}
		for i := range due {
			due[i].Step, due[i].made, due[i].receipt = decide(due[i].Due), newID(), newID()
		}
		steps = column(due, func(r dueRung) ladder.Step { return r.Step })
		return climb(ctx, tx, due, newID)
	})
	if err != nil {
		return nil, err
	}
	return steps, nil
}

func lockDueRungs(ctx context.Context, tx pgx.Tx, ladders []string, limit int) ([]dueRung, error) {
	rows, _ := tx.Query(ctx, lockRungs, ladders, limit)
	ids, err := pgx.CollectRows(rows, pgx.RowTo[hub.ID])
	if err != nil {
		return nil, fmt.Errorf("lock rungs: %w", err)
	}
	if len(ids) == 0 {
		return nil, nil
	}
	rows, _ = tx.Query(ctx, selectRungs, ids)
	due, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (r dueRung, err error) {
		return r, row.Scan(&r.Timer, &r.Notice, &r.Ladder, &r.Rung, &r.Kind, &r.Channels, &r.arrivedAt, &r.Opened,
			&r.Replaced, &r.Corrected, &r.Done, &r.Expired, &r.Texting, &r.Address, &r.Abroad, &r.Officer)
	})
	if err != nil {
		return nil, fmt.Errorf("due rungs: %w", err)
	}
	return due, nil
}

// climb does what the rungs do: all of it, or none.
func climb(ctx context.Context, tx pgx.Tx, due []dueRung, newID func() hub.ID) error {
	b := &pgx.Batch{}
	queueRungEffects(b, due)
	var done, waiting []dueRung
	var next []rungTimer
	for _, r := range due {
		if r.Effect == ladder.Wait {
			waiting = append(waiting, r)
			continue
		}
		done = append(done, r)
		if r.Next.Name != "" {
			next = append(next, rungTimer{newID(), r.Notice, r.Next, r.arrivedAt})
		}
	}
	queueTimers(b, next)
	b.Queue(fireTimers, column(done, func(r dueRung) hub.ID { return r.Timer }), column(done, func(r dueRung) string {
		if r.Effect == ladder.Stop {
			return string(r.Reason)
		}
		return ""
	}))
	b.Queue(postponeTimers, column(waiting, func(r dueRung) hub.ID { return r.Timer }),
		column(waiting, func(r dueRung) time.Duration { return r.After }))
	if err := tx.SendBatch(ctx, b).Close(); err != nil {
		return fmt.Errorf("climb: %w", err)
	}
	return nil
}

// queueRungEffects adds to a batch what the rungs send, hand over or fail to, and the record of it.
func queueRungEffects(b *pgx.Batch, due []dueRung) {
	by := map[ladder.Effect][]dueRung{}
	for _, r := range due {
		by[r.Effect] = append(by[r.Effect], r)
	}
	made := func(r dueRung) hub.ID { return r.made }
	notice := func(r dueRung) hub.ID { return r.Notice }
	receipt := func(r dueRung) hub.ID { return r.receipt }
	id := func(r dueRung) string { return r.ID }
	version := func(r dueRung) string { return r.Version }
	if texts := by[ladder.Text]; len(texts) > 0 {
		b.Queue(insertRungTexts, column(texts, made), column(texts, notice))
	}
	if tasks := by[ladder.Hand]; len(tasks) > 0 {
		b.Queue(insertTasks, column(tasks, made), column(tasks, notice),
			column(tasks, func(r dueRung) time.Duration { return r.After }),
			column(tasks, receipt), column(tasks, id), column(tasks, version))
	}
	if failed := by[ladder.Fails]; len(failed) > 0 {
		b.Queue(insertRelayFailures, column(failed, notice), column(failed, receipt),
			column(failed, func(r dueRung) string { return string(r.Reason) }), column(failed, id), column(failed, version))
	}
	climbed := append(append(by[ladder.Text], by[ladder.Hand]...), by[ladder.Fails]...)
	only := func(e ladder.Effect) func(dueRung) hub.ID {
		return func(r dueRung) hub.ID {
			if r.Effect == e {
				return r.made
			}
			return hub.ID{}
		}
	}
	b.Queue(insertRungs, column(climbed, notice), column(climbed, func(r dueRung) string { return r.Rung }),
		column(climbed, func(r dueRung) string { return r.Ladder }), column(climbed, only(ladder.Text)),
		column(climbed, only(ladder.Hand)), column(climbed, func(r dueRung) string { return string(r.Reason) }))
}
