package live_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"eblagh/channels/live"
	"eblagh/hub"
	"eblagh/hub/postgres/pgtest"
	"eblagh/queue"
)

// limit is how long anything may take that should come soon; a busy machine is slow.
const limit = 30 * time.Second

// world is a hub's store with one branch and one case, where papers can be made to arrive.
type world struct {
	*testing.T
	store   *flaky
	sql     *sql.DB
	branch  hub.ID
	dossier hub.ID
}

// flaky is the real store, which can be made to fail.
type flaky struct {
	live.Store
	away atomic.Bool
	read atomic.Int32 // spans
	deaf atomic.Bool  // to acks, which are lost
	lost atomic.Int32
}

var errAway = errors.New("the store is away")

func (f *flaky) Heads(ctx context.Context, who []hub.ID) (map[hub.ID]hub.Head, error) {
	if f.away.Load() {
		return nil, errAway
	}
	return f.Store.Heads(ctx, who)
}

func (f *flaky) LiveCovers(ctx context.Context, spans []hub.Span, each int) ([][]hub.LiveCover, error) {
	if f.away.Load() {
		return nil, errAway
	}
	f.read.Add(int32(len(spans)))
	return f.Store.LiveCovers(ctx, spans, each)
}

func (f *flaky) Nudged(ctx context.Context, spans []hub.Span) error {
	if f.away.Load() {
		return errAway
	}
	return f.Store.Nudged(ctx, spans)
}

func (f *flaky) Acked(ctx context.Context, spans []hub.Span) error {
	if f.deaf.Load() {
		f.lost.Add(1)
		return nil
	}
	return f.Store.Acked(ctx, spans)
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{T: t, store: &flaky{Store: pgtest.New(t)}, branch: newID(), dossier: newID()}
	var err error
	if w.sql, err = sql.Open("pgx", pgtest.URL(t)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.sql.Close() })
	w.exec(`INSERT INTO organisations (id, kind, code, name) VALUES ($1, 'branch', '1', 'شعبه نمونه')`, w.branch.String())
	w.exec(`INSERT INTO cases (id, branch, number, number_typed) VALUES ($1, $2, '1', '1')`, w.dossier.String(), w.branch.String())
	return w
}

func newID() hub.ID { return hub.NewID(time.Now()) }

func (w *world) exec(statement string, args ...any) {
	w.Helper()
	if _, err := w.sql.ExecContext(context.Background(), statement, args...); err != nil {
		w.Fatalf("%s: %v", statement, err)
	}
}

func (w *world) person() hub.ID {
	w.Helper()
	id := newID()
	w.exec(`INSERT INTO persons (id, kind, national_id_ct, national_id_index, given_name_ct, family_name_ct, personal_code,
		activated_at) VALUES ($1, 'natural', 'x', $2, 'x', 'x', 'x', hub_now())`, id.String(), []byte(id.String()))
	return id
}

// arrive puts papers into an inbox, as the dispatcher does, and gives what it would tell the relay.
func (w *world) arrive(to hub.ID, n int, channels ...string) (nudge hub.Nudge, notices []hub.ID) {
	w.Helper()
	if channels == nil {
		channels = []string{"inbox", "sms", "live"}
	}
	ids := make([]string, n)
	for i := range ids {
		notices = append(notices, newID())
		ids[i] = notices[i].String()
	}
	var head int64
	err := w.sql.QueryRowContext(context.Background(), `
		WITH head AS (
			INSERT INTO inbox_cursors AS c (recipient, last, last_arrived_at) VALUES ($1, $2, hub_now())
			ON CONFLICT (recipient) DO UPDATE SET last = c.last + $2 RETURNING last
		), papers AS (
			INSERT INTO notices (id, number, reference, submitter, case_id, kind, capacity, recipient, subject_ct, channels,
				priority, created_at)
			SELECT u.id, u.id::text, u.id::text, $3, $4, 'summons', 'defendant', $1, 'x', $5, 'normal', hub_now()
			FROM unnest($6::uuid[]) AS u (id)
		), placed AS (
			INSERT INTO inbox (recipient, cursor, notice, submitter, arrived_at)
			SELECT $1, head.last - $2 + u.nth, u.id, $3, hub_now()
			FROM unnest($6::uuid[]) WITH ORDINALITY AS u (id, nth), head
		)
		SELECT last FROM head`, to.String(), n, w.branch.String(), w.dossier.String(), channels, ids).Scan(&head)
	if err != nil {
		w.Fatal(err)
	}
	return hub.Nudge{Recipient: to, Cursor: head, Notice: notices[n-1]}, notices
}

// receipts counts those of an event on the live channel, and the notices they are of.
func (w *world) receipts(event hub.Event, to hub.ID) (all, notices int) {
	w.Helper()
	err := w.sql.QueryRowContext(context.Background(), `SELECT count(*), count(DISTINCT notice) FROM receipts
		WHERE event = $1 AND channel = 'live' AND recipient = $2`, string(event), to.String()).Scan(&all, &notices)
	if err != nil {
		w.Fatal(err)
	}
	return all, notices
}

// awaitReceipts waits until there are so many of an event, and fails if any notice has two.
func (w *world) awaitReceipts(event hub.Event, to hub.ID, want int) {
	w.Helper()
	until(w.T, fmt.Sprintf("%d of %s", want, event), func() bool {
		all, notices := w.receipts(event, to)
		if all != notices || all > want {
			w.Fatalf("%d receipts %s of %d notices, want %d", all, event, notices, want)
		}
		return all == want
	})
}

func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for end := time.After(limit); !ok(); {
		select {
		case <-tick.C:
		case <-end:
			t.Fatalf("%s: not in time", what)
		}
	}
}

// node is one process with the live part.
type node struct {
	*live.Registry
	url   string
	relay *live.Relay
}

// person who connects says so in a header; a real hub has sessions.
func whoIs(r *http.Request) (live.Viewer, error) {
	id, err := hub.ParseID(r.Header.Get("Test-Person"))
	if err != nil {
		return live.Viewer{}, hub.Refuse(hub.CodeUnauthorized, "nobody")
	}
	viewer := live.Viewer{Recipient: id, Person: id}
	if id, err := hub.ParseID(r.Header.Get("Test-Representative")); err == nil {
		viewer.Person = id
	}
	viewer.Session, _ = hub.ParseID(r.Header.Get("Test-Session"))
	return viewer, nil
}

// node starts a process. With a Redis it relays, without it the store is polled.
func (w *world) node(redis string, change ...func(*live.Options)) *node {
	w.Helper()
	o := live.Options{Store: w.store, Authenticate: whoIs, Logger: slog.New(slog.DiscardHandler),
		Means: func(kind hub.Kind, language string) string { return string(kind) + " in " + language },
		Poll:  50 * time.Millisecond,
		Drain: 200 * time.Millisecond}
	for _, c := range change {
		c(&o)
	}
	registry, err := live.New(o)
	if err != nil {
		w.Fatal(err)
	}
	registry.Start()
	server := httptest.NewServer(registry)
	n := &node{Registry: registry, url: "ws" + strings.TrimPrefix(server.URL, "http") + "/v1/live"}
	w.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), limit)
		defer cancel()
		_ = registry.Stop(ctx) // tests that stop it themselves look at the error
		server.Close()
	})
	if redis != "" {
		n.relay = w.relay(redis, registry)
	}
	return n
}

// relay connects a process to Redis; registry: nil where it has no live part.
func (w *world) relay(addr string, registry *live.Registry) *live.Relay {
	w.Helper()
	client, err := queue.Dial(queue.Redis{Mode: "single", Addrs: []string{addr}})
	if err != nil {
		w.Fatal(err)
	}
	relay := live.NewRelay(client, slog.New(slog.DiscardHandler))
	if registry != nil {
		relay.Attach(registry)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); relay.Run(ctx) }()
	w.Cleanup(func() { stop(); <-done; _ = client.Close() })
	return relay
}
