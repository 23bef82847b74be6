package endtoend

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
)

// Promise 5: after any disconnect the client gives its cursor and gets exactly what it missed.
func TestLiveClientThatDropsSeesEachOnceInOrder(t *testing.T) {
	const notices, drops, perBatch = 2000, 100, 50
	in := newInstance(t, "api,worker,live")
	citizen := in.dev.inRole("citizen")[0]
	session := signIn(t, in.dev.BaseURL, citizen)
	before := int64(len(inbox(t, session)))

	seed := time.Now().UnixNano()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(uint64(seed), 1))
	submitted := make(chan struct{})
	go func() {
		defer close(submitted)
		court := in.as("court")
		for i := 0; i < notices; i += perBatch {
			var papers []map[string]any
			for j := range perBatch {
				papers = append(papers, paper(reference("resume", i+j), citizen))
			}
			submitBatch(t, court, fmt.Sprint("resume-", i), papers)
		}
	}()

	cuts := map[int64]bool{} // after which cursors the connection breaks
	for _, n := range random.Perm(notices - 1)[:drops] {
		cuts[before+int64(n)+1] = true
	}
	position, last := before, before+notices
	seen := map[string]bool{}
	for position < last {
		live, err := dial(t, session, position)
		if err != nil {
			t.Fatal(err)
		}
		for position < last {
			f, err := live.next(30 * time.Second)
			if err != nil {
				t.Fatalf("after %d of %d: %v", position-before, notices, err)
			}
			if f.Type != "notice" {
				continue
			}
			if f.Cursor != position+1 || seen[f.Notice.ID] {
				t.Fatalf("cursor %d after %d, seen before: %t", f.Cursor, position, seen[f.Notice.ID])
			}
			position, seen[f.Notice.ID] = f.Cursor, true
			if random.IntN(10) == 0 {
				_ = live.ack(position)
			}
			if cuts[position] {
				break
			}
		}
		live.drop()
	}
	<-submitted
	if len(seen) != notices {
		t.Fatalf("%d notices seen, want %d", len(seen), notices)
	}
}
