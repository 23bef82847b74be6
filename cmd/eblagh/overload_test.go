package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	runtimemetrics "runtime/metrics"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"eblagh/hub"
	"eblagh/hub/access"
	"eblagh/hub/enrol"
	"eblagh/hub/postgres/pgtest"
)

// key is an API key of a court.
func (l *loaded) key(court access.Principal) string {
	l.Helper()
	made, _, err := l.app.domain.enroller.CreateKey(l.Context(), enrol.NewKey{Name: "demo", Role: hub.RoleCourtClerk,
		Organisation: court.Grants[0].Organisation})
	if err != nil {
		l.Fatal(err)
	}
	return made
}

// batch is the body of a batch of papers to one person.
func batch(n int, to hub.ID) []byte {
	var notices []map[string]any
	for range n {
		notices = append(notices, map[string]any{"reference": hub.NewID(time.Now()).String(), "kind": "summons", "capacity": "defendant",
			"case": map[string]string{"number": "140012345678901234"}, "subject": "demo", "addressee": map[string]string{"recipient_id": to.String()},
			"channels": []string{"inbox"}})
	}
	body, _ := json.Marshal(map[string]any{"notices": notices})
	return body
}

// Three times as many clients as the gate lets in, without a pause, and a backlog with a low limit: nobody is answered
// but 200, 429 and 503, the last two with the time to come again; whatever was accepted arrives; memory stays bounded; and
// once the flood is over the service is there at once.
func TestOverloadIsTurnedAwayAndNothingAcceptedIsLost(t *testing.T) {
	pgtest.New(t)
	c := withRedis(t, settings(t, pgtest.URL(t)))
	c.Database.WorkerConns = 8
	c.Delivery.MaxWaiting = 3000
	app, _ := startApp(t, c, allParts)
	l := &loaded{T: t, app: app, sql: superuser(t)}
	url, to := "http://"+app.Addr().String()+"/v1/notices/batch", l.people(20, "+989120000001")

	var accepted, refused, other atomic.Int64
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	time.AfterFunc(8*time.Second, func() { // a slow machine has answered few by then
		for ctx.Err() == nil && (accepted.Load() == 0 || refused.Load() == 0) {
			<-time.After(100 * time.Millisecond)
		}
		stop()
	})
	var clients sync.WaitGroup
	for range 3 {
		key := l.key(l.court())
		for i := range 100 {
			clients.Go(func() {
				for ctx.Err() == nil {
					status, taken, retry := post(ctx, url, key, batch(200, to[i%len(to)]))
					switch {
					case status == 0: // the test ended it
					case status == http.StatusOK:
						accepted.Add(int64(taken))
					case (status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable) && retry > 0:
						refused.Add(1)
					default:
						other.Add(1)
						t.Errorf("answered %d, come again in %d", status, retry)
					}
				}
			})
		}
	}
	most := heapUntil(ctx)
	clients.Wait()
	t.Logf("%d papers accepted, %d calls turned away, the heap at most %d MB", accepted.Load(), refused.Load(), most>>20)
	if accepted.Load() == 0 || refused.Load() == 0 || other.Load() > 0 {
		t.Errorf("%d accepted, %d turned away, %d answered otherwise", accepted.Load(), refused.Load(), other.Load())
	}
	if most > 400<<20 {
		t.Errorf("the heap grew to %d MB", most>>20)
	}
	l.await("room after the flood", 30*time.Second, func() bool {
		status, taken, _ := post(t.Context(), url, l.key(l.court()), batch(1, to[0]))
		accepted.Add(int64(taken))
		return status == http.StatusOK
	})
	l.await("what was accepted", 120*time.Second, func() bool {
		return int64(l.count(`SELECT count(*) FROM inbox`)) >= accepted.Load()
	})
}

// post gives the status, how many papers were taken, and when to come again.
func post(ctx context.Context, url, key string, body []byte) (status, taken, retry int) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return 0, 0, 0
	}
	r.Header.Set("Authorization", "Bearer "+key)
	r.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, 0, 0
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		return 0, 0, 0
	}
	var result struct {
		Results []struct{ Status int }
	}
	if answer.StatusCode == http.StatusOK && json.Unmarshal(text, &result) == nil {
		for _, item := range result.Results {
			if item.Status == http.StatusCreated {
				taken++
			}
		}
	}
	retry, _ = strconv.Atoi(answer.Header.Get("Retry-After"))
	return answer.StatusCode, taken, retry
}

// heapUntil gives the most that lived on the heap until ctx ends.
func heapUntil(ctx context.Context) (most uint64) {
	sample := []runtimemetrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		runtimemetrics.Read(sample)
		most = max(most, sample[0].Value.Uint64())
		select {
		case <-ctx.Done():
			return most
		case <-tick.C:
		}
	}
}

// Told to stop in the middle of its work, an instance finishes what it has in hand within its limit: no attempt is left
// without an outcome, none is unknown, and the provider got each once. The next instance does the rest.
func TestAStopUnderLoadLeavesNothingInDoubt(t *testing.T) {
	l := newLoaded(t)
	l.submit(l.court(), hub.PriorityNormal, 600, l.people(20, "+989120000001"))
	l.await("the provider is at work", 30*time.Second, func() bool { return len(l.texts()) > slowRate })
	begun := time.Now()
	if err := stopApp(l.app); err != nil {
		t.Fatal(err)
	}
	took := time.Since(begun)
	sent := len(l.texts())
	t.Logf("stopped within %v with %d of 600 texts sent", took, sent)
	if took > stopWithin {
		t.Errorf("the stop took %v", took)
	}
	if n := l.count(`SELECT count(*) FROM attempts WHERE outcome IS NULL OR outcome = 'unknown'`); n > 0 {
		t.Errorf("%d attempts are in doubt", n)
	}
	if n := l.count(`SELECT count(*) FROM attempts WHERE outcome = 'accepted'`); n != sent {
		t.Errorf("the hub knows of %d texts, the provider of %d", n, sent)
	}
	if n := l.count(`SELECT count(*) FROM deliveries WHERE status = 'sending'`); n > 0 {
		t.Errorf("%d deliveries stand in the middle", n)
	}
	if sent >= 600 {
		t.Error("everything was sent before the stop: it was no test")
	}
	next := New(l.app.o)
	if err := next.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := stopApp(next); err != nil {
			t.Error(err)
		}
	}()
	l.exec(`UPDATE deliveries SET due_at = hub_now() WHERE status = 'queued'`) // the claims have run out
	l.await("the rest", 60*time.Second, func() bool { return len(l.texts()) >= 600 })
	if n := l.count(`SELECT count(*) FROM attempts`); n != 600 || len(l.texts()) != 600 {
		t.Error(fmt.Sprintf("%d attempts and %d texts of 600 papers", n, len(l.texts())))
	}
}
