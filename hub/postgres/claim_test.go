package postgres_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"eblagh/hub"
)

var (
	inboxNormal = hub.Lane{Channel: hub.ChannelInbox, Priority: hub.PriorityNormal}
	smsNormal   = hub.Lane{Channel: hub.ChannelSMS, Priority: hub.PriorityNormal}
)

func TestClaimIsFairOverSubmitters(t *testing.T) {
	w := newWorld(t)
	to := w.someone()
	w.submit(papers("noisy", 300, to)...)
	w.exec(`UPDATE deliveries SET due_at = due_at - interval '1 hour'`) // and earlier than all others
	quiet := w.organisation("branch")
	w.branch = quiet
	w.submit(papers("quiet", 30, to)...)
	ids, err := w.db.Claim(context.Background(), inboxNormal, 60, 60, time.Minute)
	if err != nil || len(ids) != 60 {
		t.Fatalf("claimed %d, %v; want 60", len(ids), err)
	}
	w.wantCount(30, `SELECT count(*) FROM deliveries WHERE status = 'queued' AND submitter = $1`, quiet.String())
	if ids = w.claim(inboxNormal); len(ids) != 270 {
		t.Errorf("then %d, want the other 270", len(ids))
	}
}

// Each task has an equal part of every submitter, whatever its size, and within it by recipient.
func TestTasksAreFairOverSubmitters(t *testing.T) {
	w := newWorld(t)
	to := []hub.ID{w.someone(), w.someone()}
	for range 3 {
		w.branch = w.organisation("branch")
		w.submit(papers("fair", 20, to...)...)
	}
	for _, size := range []int{6, 15, 2} { // of what is left for the last, each has one of a submitter at a time
		ids, err := w.db.Claim(context.Background(), inboxNormal, 18, size, time.Minute)
		if err != nil || len(ids) != 18 {
			t.Fatalf("claimed %d, %v; want 18", len(ids), err)
		}
		for at := range slices.Chunk(ids, max(size, 3)) {
			w.wantCount(3, `SELECT count(DISTINCT submitter) FROM deliveries WHERE id = ANY ($1::uuid[])`, asText(at))
			w.wantCount(len(at)/3, `SELECT max(n) FROM (SELECT count(*) AS n FROM deliveries WHERE id = ANY ($1::uuid[]) GROUP BY submitter) s`, asText(at))
		}
	}
}

// asText is ids as the superuser's connection takes them.
func asText(ids []hub.ID) (list []string) {
	for _, id := range ids {
		list = append(list, id.String())
	}
	return list
}

func TestClaimLeavesWhatIsNotDue(t *testing.T) {
	w := newWorld(t)
	p := paper("later", w.someone())
	p.NotBefore = time.Now().Add(time.Hour)
	w.submit(p, paper("now", w.someone()))
	if ids := w.claim(inboxNormal); len(ids) != 1 {
		t.Errorf("claimed %d, want the one in force", len(ids))
	}
	if ids := w.claim(inboxNormal); len(ids) != 0 {
		t.Errorf("claimed %d again within the lease", len(ids))
	}
	if ids := w.claim(smsNormal); len(ids) != 0 {
		t.Errorf("claimed %d texts before any arrival", len(ids))
	}
}

func TestLostTaskBecomesDueAgain(t *testing.T) {
	w := newWorld(t)
	w.submit(papers("lost", 3, w.someone())...)
	first := w.claim(inboxNormal)
	w.later("61 seconds")
	second := w.claim(inboxNormal)
	slices.SortFunc(first, func(a, b hub.ID) int { return slices.Compare(a[:], b[:]) })
	slices.SortFunc(second, func(a, b hub.ID) int { return slices.Compare(a[:], b[:]) })
	if len(first) != 3 || !slices.Equal(first, second) {
		t.Errorf("claimed %v, then %v", first, second)
	}
}

func TestManyClaimersGetEachRowOnce(t *testing.T) {
	w := newWorld(t)
	w.submit(papers("many", 1000, w.someone(), w.someone())...)
	var mu sync.Mutex
	var wg sync.WaitGroup
	seen := map[hub.ID]int{}
	for range 6 {
		wg.Go(func() {
			for {
				ids, err := w.db.Claim(context.Background(), inboxNormal, 70, 70, time.Minute)
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				for _, id := range ids {
					seen[id]++
				}
				done := len(seen) == 1000
				mu.Unlock()
				if done || err != nil {
					return
				}
			}
		})
	}
	wg.Wait()
	for id, n := range seen {
		if n != 1 {
			t.Errorf("%s was claimed %d times", id, n)
		}
	}
}
