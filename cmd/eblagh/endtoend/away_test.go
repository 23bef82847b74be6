package endtoend

import (
	"fmt"
	"testing"
	"time"
)

// Redis is expendable: gone for the whole run, delivery goes on, slower; the hub says that it is degraded; and once
// drained it does not burn the processor looking for Redis.
func TestWithoutRedisNoticesArriveAndReachTheLiveClient(t *testing.T) {
	const notices, perBatch = 2000, 250
	in := newInstance(t, "api,live")
	in.must(in.stack.Redis.Stop())
	worker := in.worker("worker.log")

	citizen := in.dev.inRole("citizen")[0]
	session := signIn(t, in.dev.BaseURL, citizen)
	eventually(t, 15*time.Second, func() bool { status, word := in.ready(); return status == 200 && word == "degraded" },
		func() string { return fmt.Sprint(in.ready()) })
	in.drained(time.Minute)
	position := int64(len(inbox(t, session)))
	live, err := dial(t, session, position)
	if err != nil {
		t.Fatal(err)
	}
	defer live.drop()

	court := in.as("court")
	for i := 0; i < notices; i += perBatch {
		var papers []map[string]any
		for j := range perBatch {
			papers = append(papers, paper(reference("away", i+j), citizen))
		}
		submitBatch(t, court, fmt.Sprint("away-", i), papers)
	}
	for seen := 0; seen < notices; {
		f, err := live.next(60 * time.Second)
		if err != nil {
			t.Fatalf("after %d of %d: %v", seen, notices, err)
		}
		if f.Type != "notice" {
			continue
		}
		if f.Cursor != position+1 {
			t.Fatalf("cursor %d after %d", f.Cursor, position)
		}
		position, seen = f.Cursor, seen+1
	}
	in.drained(2 * time.Minute)
	in.exactlyOnce(notices)
	for attempt, times := range in.sentTexts() {
		if times != 1 {
			t.Errorf("attempt %s was sent %d times", attempt, times)
		}
	}

	const window = 8 * time.Second
	from := worker.cpu() + in.front.cpu()
	<-time.After(window) // what is measured is this time itself
	if share := float64(worker.cpu()+in.front.cpu()-from) / float64(window); share > 0.10 {
		t.Errorf("drained and without Redis the hub uses %.0f %% of a core", 100*share)
	}
}
