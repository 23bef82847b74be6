package endtoend

import (
	"fmt"
	"net/http"
	"testing"
	"time"
)

// paper is the body of POST /v1/notices for a person.
func paper(reference string, to demoPerson) map[string]any {
	return map[string]any{
		"reference": reference, "kind": "hearing_notice", "capacity": "defendant",
		"case":      map[string]any{"number": "140312345678901234", "subject": "پرونده نمونه"},
		"addressee": map[string]any{"national_id": to.NationalID},
		"subject":   secretSubject, "body": secretBody, "documents": []string{},
	}
}

// What must not show before a paper is opened, nor in any log.
const (
	secretSubject = "موضوع-پنهان-آزمون"
	secretBody    = "متن-پنهان-آزمون"
)

type batchAnswer struct{ Results []batchResult }

type batchResult struct {
	Index  int
	Status int
	Notice struct{ ID, Number string }
}

// submitBatch hands over papers until the hub has accepted the batch, as a court's system would: with the same
// idempotency key after every fault.
func submitBatch(t *testing.T, c *caller, key string, papers []map[string]any) batchAnswer {
	t.Helper()
	var out batchAnswer
	eventually(t, 90*time.Second, func() bool {
		a, err := c.try("POST", "/v1/notices/batch", map[string]any{"notices": papers}, "Idempotency-Key", key)
		if err != nil || a.status == http.StatusServiceUnavailable || a.status == http.StatusTooManyRequests ||
			a.status == http.StatusConflict {
			return false
		}
		if a.status != http.StatusOK {
			t.Fatalf("batch: %d %s", a.status, tail(string(a.body), 1000))
		}
		a.into(t, &out)
		return true
	}, func() string { return "the batch was not accepted" })
	for _, r := range out.Results {
		if r.Status != http.StatusCreated {
			t.Fatalf("item %d of the batch: status %d", r.Index, r.Status)
		}
	}
	if len(out.Results) != len(papers) {
		t.Fatalf("%d results for %d papers", len(out.Results), len(papers))
	}
	return out
}

// inboxItem is an item of GET /v1/inbox, as far as tests look.
type inboxItem struct {
	Cursor int64 `json:"cursor"`
	Notice struct {
		ID     string `json:"id"`
		Number string `json:"number"`
	} `json:"notice"`
	ArrivedAt time.Time `json:"arrived_at"`
}

// inbox reads every page of the caller's inbox.
func inbox(t *testing.T, c *caller) []inboxItem {
	t.Helper()
	var all []inboxItem
	for after := ""; ; {
		var page struct {
			Items []inboxItem
			Next  string
		}
		c.want(200, "GET", fmt.Sprintf("/v1/inbox?limit=100&after=%s", after), nil).into(t, &page)
		all = append(all, page.Items...)
		if page.Next == "" {
			return all
		}
		after = page.Next
	}
}

// oncePerNotice fails unless the inbox holds exactly these notices, each once, with cursors 1…n without a gap in the
// part that the test added (from cursor first on).
func oncePerNotice(t *testing.T, items []inboxItem, want map[string]bool) {
	t.Helper()
	seen := map[string]bool{}
	for _, item := range items {
		if !want[item.Notice.ID] {
			continue
		}
		if seen[item.Notice.ID] {
			t.Errorf("notice %s is in the inbox twice", item.Notice.ID)
		}
		seen[item.Notice.ID] = true
	}
	if len(seen) != len(want) {
		t.Errorf("the inbox has %d of %d notices", len(seen), len(want))
	}
	for i, item := range items { // newest first, no gap down to 1
		if item.Cursor != int64(len(items)-i) {
			t.Errorf("cursor %d stands where %d should", item.Cursor, len(items)-i)
			return
		}
	}
}
