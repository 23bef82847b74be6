package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"eblagh/config"
	"eblagh/hub"
	"eblagh/hub/access"
	"eblagh/hub/dispatch"
	"eblagh/hub/postgres/pgtest"
)

// slowRate is what the provider of these tests takes, in texts a second.
const slowRate = 100

// loaded is an App under load, with a slow provider that notes in which order texts come, by number.
type loaded struct {
	*testing.T
	app *App
	sql *pgxpool.Pool

	mu   sync.Mutex
	came []came
}

type came struct {
	to string
	at time.Time
}

func newLoaded(t *testing.T) *loaded {
	t.Helper()
	pgtest.New(t)
	l := &loaded{T: t}
	provider := httptest.NewServer(http.HandlerFunc(l.take))
	t.Cleanup(provider.Close)
	c := settings(t, pgtest.URL(t))
	c.Redis.Addrs = []string{pgtest.Redis(t)}
	c.SMS.Providers = []config.Provider{{Name: "slow", Kind: "http", Weight: 1, RatePerSecond: slowRate, HTTP: config.HTTP{
		URL: provider.URL, Body: map[string]string{"to": "mobile", "text": "text"}, ID: "/id", Window: 10}}}
	l.app, _ = startApp(t, c, allParts)
	l.sql = superuser(t)
	return l
}

// superuser looks behind.
func superuser(t *testing.T) *pgxpool.Pool {
	t.Helper()
	pool, err := pgxpool.New(context.Background(), pgtest.URL(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	return pool
}

func withRedis(t *testing.T, c config.Config) config.Config {
	t.Helper()
	c.Redis.Addrs = []string{pgtest.Redis(t)}
	return c
}

// take is the provider: it takes its time.
func (l *loaded) take(w http.ResponseWriter, r *http.Request) {
	var text struct{ To string }
	if err := json.NewDecoder(r.Body).Decode(&text); err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	l.mu.Lock()
	l.came = append(l.came, came{text.To, time.Now()})
	id := len(l.came)
	l.mu.Unlock()
	select {
	case <-time.After(30 * time.Millisecond):
	case <-r.Context().Done():
	}
	fmt.Fprintf(w, `{"id": "%d"}`, id)
}

func (l *loaded) texts() []came {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.came)
}

func (l *loaded) exec(sql string, args ...any) {
	l.Helper()
	if _, err := l.sql.Exec(context.Background(), sql, args...); err != nil {
		l.Fatal(err)
	}
}

// court is a branch and its system.
func (l *loaded) court() access.Principal {
	l.Helper()
	id := hub.NewID(time.Now())
	l.exec(`INSERT INTO organisations (id, kind, code, name) VALUES ($1, 'branch', $2, 'demo')`, id.String(), id.String())
	return access.Principal{Kind: access.Key, ID: hub.NewID(time.Now()), Scopes: access.Scopes,
		Grants: []access.Grant{{Role: hub.RoleCourtClerk, Organisation: id}}}
}

// people are enrolled persons who share a mobile number.
func (l *loaded) people(n int, mobile string) []hub.ID {
	l.Helper()
	ids := make([]hub.ID, n)
	for i := range ids {
		ids[i] = hub.NewID(time.Now())
		id := ids[i].String()
		l.exec(`INSERT INTO persons (id, kind, national_id_ct, national_id_index, given_name_ct, family_name_ct, personal_code,
			activated_at) VALUES ($1, 'natural', 'x', $2, 'x', 'x', 'x', hub_now())`, id, []byte(id))
		l.exec(`INSERT INTO contacts (id, person, mobile_ct, mobile_index, changed_by) VALUES ($1::uuid, $1::uuid, $2, 'x', $1::uuid)`, id,
			l.app.domain.vault.SealText(mobile, "contacts.mobile:"+id))
	}
	return ids
}

// submit hands n papers over, a batch at a time, and tells when the last was taken.
func (l *loaded) submit(court access.Principal, priority hub.Priority, n int, to []hub.ID) time.Time {
	l.Helper()
	const batch = 5000
	for done := 0; done < n; done += batch {
		papers := make([]dispatch.Paper, min(batch, n-done))
		for i := range papers {
			papers[i] = dispatch.Paper{Reference: hub.NewID(time.Now()).String(), Priority: priority, Kind: "summons",
				Case: dispatch.PaperCase{Number: "140012345678901234"}, Capacity: "defendant", Subject: "demo",
				Addressee: dispatch.Addressee{Recipient: to[(done+i)%len(to)]}}
		}
		results, err := l.app.domain.dispatcher.Submit(context.Background(), court, papers, nil)
		if err != nil {
			l.Fatal(err)
		}
		for _, r := range results {
			if r.Err != nil {
				l.Fatal(r.Err)
			}
		}
	}
	return time.Now()
}

// await polls until it is so.
func (l *loaded) await(what string, within time.Duration, so func() bool) {
	l.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(within); !so(); <-tick.C {
		if time.Now().After(end) {
			l.Fatalf("%s: not within %v", what, within)
		}
	}
}

func (l *loaded) count(sql string, args ...any) (n int) {
	l.Helper()
	if err := l.sql.QueryRow(context.Background(), sql, args...).Scan(&n); err != nil {
		l.Fatal(err)
	}
	return n
}

// p99 is what all but one in a hundred did not exceed.
func p99(all []time.Duration) time.Duration {
	slices.Sort(all)
	return all[len(all)*99/100]
}

// Urgent papers reach the inbox and the provider within three seconds behind 20,000 bulk ones, whose texts a slow
// provider would take minutes for.
func TestUrgentIsQuickBehindBulk(t *testing.T) {
	l := newLoaded(t)
	court, crowd, one := l.court(), l.people(200, "+989120000001"), l.people(1, "+989120000002")
	l.submit(court, hub.PriorityBulk, 20_000, crowd)
	l.await("the provider is at work", 30*time.Second, func() bool { return len(l.texts()) > slowRate })

	const urgent = 100
	var accepted []time.Time
	for range urgent { // one after the other, as they come
		accepted = append(accepted, l.submit(court, hub.PriorityUrgent, 1, one))
	}
	arrivals := func() []came {
		return slices.DeleteFunc(l.texts(), func(c came) bool { return !strings.HasSuffix(c.to, "9120000002") })
	}
	l.await("urgent texts", 60*time.Second, func() bool { return len(arrivals()) == urgent })
	var inbox, provider []time.Duration
	var before []int // texts of others between acceptance and this text
	for i, c := range arrivals() {
		provider = append(provider, c.at.Sub(accepted[i]))
		before = append(before, len(slices.DeleteFunc(l.texts(), func(o came) bool {
			return o.to == c.to || o.at.Before(accepted[i]) || o.at.After(c.at)
		})))
	}
	slices.Sort(before)
	rows, err := l.sql.Query(t.Context(), `SELECT extract(epoch FROM i.arrived_at - n.created_at)::float8 FROM inbox i
		JOIN notices n ON n.id = i.notice WHERE n.priority = 'urgent'`)
	if err != nil {
		t.Fatal(err)
	}
	for rows.Next() {
		var seconds float64
		if err := rows.Scan(&seconds); err != nil {
			t.Fatal(err)
		}
		inbox = append(inbox, time.Duration(seconds*float64(time.Second)))
	}
	if len(inbox) != urgent {
		t.Fatalf("%d urgent arrivals, want %d", len(inbox), urgent)
	}
	waiting := l.count(`SELECT count(*) FROM deliveries WHERE priority = 'bulk' AND channel = 'sms' AND attempts = 0`)
	t.Logf("p99 %v to the inbox, %v and %d texts to the provider, with %d bulk texts waiting", p99(inbox), p99(provider),
		before[urgent*99/100], waiting)
	if before[urgent*99/100] > 2*slowRate {
		t.Errorf("p99 %d bulk texts went before, more than two seconds' worth", before[urgent*99/100])
	}
	if p99(inbox) > 3*time.Second || p99(provider) > 3*time.Second {
		t.Errorf("p99 %v to the inbox and %v to the provider, want 3s", p99(inbox), p99(provider))
	}
	if waiting < 10_000 {
		t.Errorf("only %d bulk texts were waiting: there was no load", waiting)
	}
}

// A quiet court keeps 40 % of the rate beside a noisy one of the same priority: of arrivals, and of texts, from the
// moment on in which its papers are taken, with whatever was handed over before it came.
func TestAQuietCourtKeepsItsShare(t *testing.T) {
	l := newLoaded(t)
	noisy, quiet := l.court(), l.court()
	crowd, few := l.people(200, "+989120000001"), l.people(200, "+989120000002")
	l.submit(noisy, hub.PriorityNormal, 4_000, crowd)
	l.await("the provider is at work", 30*time.Second, func() bool { return len(l.texts()) > slowRate })
	const papers = 600 // twelve seconds' worth, beside which the second that was handed over before weighs little
	at := l.submit(quiet, hub.PriorityNormal, papers, few)
	own, all := 0, 0
	l.await("the quiet court's texts", 60*time.Second, func() bool {
		own, all = 0, 0
		for _, c := range l.texts() {
			theirs := strings.HasSuffix(c.to, "9120000002") // some may come before the test hears that their papers were taken
			if c.at.Before(at) && !theirs || own == papers {
				continue
			}
			all++
			if theirs {
				own++
			}
		}
		return own == papers
	})
	t.Logf("%d of %d texts were the quiet court's", own, all)
	if own*100 < all*40 {
		t.Errorf("the quiet court got %d of %d texts, less than 40 %%", own, all)
	}
	l.shareOfArrivals(noisy, quiet, crowd, few)
}

// shareOfArrivals has both courts' papers come into force at one moment, and looks at the order of arrival, until three in
// four of the quiet court's are there: which task of a claim is the last to end is chance, and the next claim may be ahead
// of it.
func (l *loaded) shareOfArrivals(noisy, quiet access.Principal, crowd, few []hub.ID) {
	l.Helper()
	hold := hub.Hold{ID: hub.NewID(time.Now()), Channel: hub.ChannelInbox, Reason: "demo", CreatedBy: noisy.ID}
	operator := access.Principal{Kind: access.Key, ID: noisy.ID, Grants: []access.Grant{{Role: hub.RoleOperator}}}
	if _, err := l.app.domain.db.Hold(l.Context(), operator, hold); err != nil {
		l.Fatal(err)
	}
	l.submit(noisy, hub.PriorityBulk, 4_000, crowd)
	l.submit(quiet, hub.PriorityBulk, 1_000, few)
	if err := l.app.domain.db.Release(l.Context(), operator, hold.ID); err != nil {
		l.Fatal(err)
	}
	l.app.pump.Wake()
	const arrived = `SELECT count(*) FROM inbox i JOIN notices n ON n.id = i.notice WHERE n.priority = 'bulk'`
	l.await("arrivals", 60*time.Second, func() bool { return l.count(arrived) == 5_000 })
	own := quiet.Grants[0].Organisation.String()
	until := l.count(arrived+` AND i.arrived_at <= (SELECT arrived_at FROM inbox i JOIN notices n ON n.id = i.notice
		WHERE n.priority = 'bulk' AND n.submitter = $1 ORDER BY arrived_at OFFSET 749 LIMIT 1)`, own)
	l.Logf("%d arrivals until 750 of the quiet court's 1000", until)
	if 750*100 < until*40 {
		l.Errorf("the quiet court got 750 of %d arrivals, less than 40 %%", until)
	}
}
