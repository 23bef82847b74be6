package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"
)

// fillInbox stores papers from number $1 to $2 as if they had arrived, spread over the people, four to a case.
const fillInbox = `WITH people AS (SELECT array_agg(id ORDER BY id) AS ids FROM persons WHERE NOT EXISTS (SELECT FROM grants g WHERE g.person = persons.id)),
	drawn AS MATERIALIZED (SELECT n, ids[1 + n % array_length(ids, 1)] AS recipient, md5('case' || n / 4)::uuid AS matter,
		(SELECT id FROM organisations WHERE kind = 'branch' LIMIT 1) AS branch FROM generate_series($1::bigint, $2::bigint) n, people),
	matters AS (INSERT INTO cases (id, branch, number, number_typed) SELECT DISTINCT matter, branch, 'stored-' || n / 4, 'stored-' || n / 4
		FROM drawn ON CONFLICT DO NOTHING),
	theirs AS (INSERT INTO parties (party, case_id) SELECT recipient, matter FROM drawn ON CONFLICT DO NOTHING),
	made AS (INSERT INTO notices (id, number, reference, submitter, case_id, kind, capacity, recipient, subject_ct, channels, priority, created_at)
		SELECT (lpad(to_hex((extract(epoch FROM now()) * 1000)::bigint - 86400000 + n / 100), 12, '0') || '7' || substr(md5(n::text), 1, 19))::uuid,
			'1405' || lpad(n::text, 14, '0'), 'stored-' || n, branch, matter, 'hearing_notice', 'defendant', recipient,
			'\x00', '{inbox}', 'normal', now() FROM drawn
		RETURNING id, recipient, submitter),
	placed AS (INSERT INTO inbox (recipient, cursor, notice, submitter, arrived_at)
		SELECT recipient, coalesce((SELECT last FROM inbox_cursors c WHERE c.recipient = made.recipient), 0)
			+ row_number() OVER (PARTITION BY recipient ORDER BY id), id, submitter, now() FROM made
		RETURNING recipient)
	INSERT INTO inbox_cursors AS c (recipient, last, last_arrived_at) SELECT recipient, count(*), now() FROM placed GROUP BY recipient
		ON CONFLICT (recipient) DO UPDATE SET last = c.last + excluded.last`

// inboxPage is how many papers a first page shows.
const inboxPage = 20

// measureInbox: the first page of an inbox, which is full, with few notices stored and with a hundred times as many.
func measureInbox(ctx context.Context, b *bench) ([]row, error) {
	many := b.size(5_000_000, 250_000)
	r, err := b.newRig(ctx, "api,live")
	if err != nil {
		return nil, err
	}
	defer r.stop()
	people, err := r.people(ctx, many/100/(inboxPage+10), true) // fewer than have a full page: papers go to the demo people, too
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
	if _, err := r.sql.Exec(ctx, `VACUUM (ANALYZE) inbox, notices, inbox_cursors, cases, parties`); err != nil { // as autovacuum would have meanwhile
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
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return fmt.Errorf("inbox: %w", err)
	}
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("inbox: status %d: %.300s", res.StatusCode, body)
	}
	var shown struct{ Items []struct{} }
	if err := json.Unmarshal(body, &shown); err != nil {
		return fmt.Errorf("inbox: %w", err)
	}
	if n := len(shown.Items); n != inboxPage {
		return fmt.Errorf("%d papers on the first page of an inbox, not %d", n, inboxPage)
	}
	return nil
}
