package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"time"
)

// fillInbox stores papers from number $1 to $2 as if they had arrived, spread over the people.
const fillInbox = `WITH people AS (SELECT array_agg(id ORDER BY id) AS ids FROM persons WHERE NOT EXISTS (SELECT FROM grants g WHERE g.person = persons.id)),
	made AS (INSERT INTO notices (id, number, reference, submitter, case_id, kind, capacity, recipient, subject_ct, channels, priority, created_at)
		SELECT (lpad(to_hex((extract(epoch FROM now()) * 1000)::bigint - 86400000 + n / 100), 12, '0') || '7' || substr(md5(n::text), 1, 19))::uuid,
			'1405' || lpad(n::text, 14, '0'), 'stored-' || n, (SELECT id FROM organisations WHERE kind = 'branch' LIMIT 1), gen_random_uuid(), 'hearing_notice', 'defendant',
			ids[1 + n % array_length(ids, 1)], '\x00', '{inbox}', 'normal', now() FROM generate_series($1::bigint, $2::bigint) n, people
		RETURNING id, recipient, submitter),
	placed AS (INSERT INTO inbox (recipient, cursor, notice, submitter, arrived_at)
		SELECT recipient, coalesce((SELECT last FROM inbox_cursors c WHERE c.recipient = made.recipient), 0)
			+ row_number() OVER (PARTITION BY recipient ORDER BY id), id, submitter, now() FROM made
		RETURNING recipient)
	INSERT INTO inbox_cursors AS c (recipient, last, last_arrived_at) SELECT recipient, count(*), now() FROM placed GROUP BY recipient
		ON CONFLICT (recipient) DO UPDATE SET last = c.last + excluded.last`

// measureInbox: the first page of an inbox, with few notices stored and with a hundred times as many.
func measureInbox(ctx context.Context, b *bench) ([]row, error) {
	many := b.size(5_000_000, 250_000)
	r, err := b.newRig(ctx, "api,live")
	if err != nil {
		return nil, err
	}
	defer r.stop()
	people, err := r.people(ctx, 1000, true)
	if err != nil {
		return nil, err
	}
	few, err := r.firstPages(ctx, people, 0, many/100)
	if err != nil {
		return nil, err
	}
	all, err := r.firstPages(ctx, people, many/100, many)
	if err != nil {
		return nil, err
	}
	return []row{atMost(fmt.Sprintf("inbox first page, p99, with %d notices against %d", many, many/100), "ms", all.at(99), few.at(99), 1.5)}, nil
}

// firstPages stores papers up to a number and times first pages of all the people.
func (r *rig) firstPages(ctx context.Context, people []person, from, to int) (*latencies, error) {
	const step = 100_000
	for first := from + 1; first <= to; first += step {
		if _, err := r.sql.Exec(ctx, fillInbox, first, min(first+step-1, to)); err != nil {
			return nil, fmt.Errorf("store papers: %w", err)
		}
	}
	if _, err := r.sql.Exec(ctx, `VACUUM (ANALYZE) inbox, notices, inbox_cursors`); err != nil { // as autovacuum would have meanwhile
		return nil, err
	}
	client, times := newClient(4), newLatencies()
	page := func(i int) error {
		began := time.Now()
		if err := r.page(ctx, client, people[i%len(people)]); err != nil {
			return err
		}
		times.add(time.Since(began))
		return nil
	}
	if err := crowd(4, len(people), page); err != nil { // what is read for the first time is not what is measured
		return nil, err
	}
	times = newLatencies()
	return times, crowd(4, 5*len(people), page)
}

func (r *rig) page(ctx context.Context, client *http.Client, p person) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, r.dev.BaseURL+"/v1/inbox", nil)
	if err != nil {
		return err
	}
	req.AddCookie(p.cookie)
	res, err := client.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if body, err := io.ReadAll(res.Body); err != nil || res.StatusCode != http.StatusOK {
		return fmt.Errorf("inbox: status %d: %.300s: %w", res.StatusCode, body, err)
	}
	return nil
}
