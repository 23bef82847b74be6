package endtoend

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

func (k *court) insistBatch(name string, papers []map[string]any, node int, limit time.Duration) (out batchAnswer, ok bool) {
	a, ok := k.insist("/v1/notices/batch", name, map[string]any{"notices": papers}, node, limit)
	if !ok {
		return out, false
	}
	if err := json.Unmarshal(a.body, &out); err != nil || a.status != http.StatusOK || len(out.Results) != len(papers) {
		k.complain("batch %s: status %d with %d results: %v: %s", name, a.status, len(out.Results), err, tail(string(a.body), 300))
		return out, false
	}
	return out, true
}

func (k *court) insistSingle(name string, paper map[string]any, node int, limit time.Duration) (out batchAnswer, ok bool) {
	a, ok := k.insist("/v1/notices", name, paper, node, limit)
	if !ok {
		return out, false
	}
	out.Results = append(out.Results, batchResult{Status: a.status})
	if err := json.Unmarshal(a.body, &out.Results[0].Notice); err != nil {
		k.complain("paper %s: status %d: %v", name, a.status, err)
		return out, false
	}
	return out, true
}

// insist sends a call to one node after the other until it gets an answer that stands.
func (k *court) insist(path, name string, body any, node int, limit time.Duration) (a answer, ok bool) {
	text, err := json.Marshal(body)
	if err != nil {
		k.complain("%v", err)
		return a, false
	}
	for end := time.Now().Add(limit); time.Now().Before(end); node++ {
		a, err = k.callers[node%len(k.callers)].try("POST", path, string(text), "Idempotency-Key", name)
		if err == nil && a.status < 500 && a.status != http.StatusTooManyRequests && a.status != http.StatusConflict {
			k.answers.Add(1)
			return a, true
		}
		k.retries.Add(1)
		<-time.After(100 * time.Millisecond) // as a court's system waits
	}
	return a, false
}

// isAnswered tells whether some calls have got an answer from now on, or none is to come.
func (k *court) isAnswered(brought <-chan struct{}) func() bool {
	from := k.answers.Load()
	return func() bool {
		select {
		case <-brought:
			return true
		default:
			return k.answers.Load() >= from+3
		}
	}
}

func (k *court) note(papers []map[string]any, answer batchAnswer) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for i, r := range answer.Results {
		reference, _ := papers[i]["reference"].(string)
		switch {
		case r.Status == http.StatusCreated && r.Notice.ID != "":
			k.accepted[r.Notice.ID] = reference
		case r.Status == http.StatusUnprocessableEntity && papers[i]["expires_at"] != nil:
			k.refused++
		default:
			k.wrong = append(k.wrong, fmt.Sprintf("paper %s: status %d", reference, r.Status))
		}
	}
}

func (k *court) compare(name string, first, again batchAnswer) {
	for i, r := range first.Results {
		if a := again.Results[i]; a.Status != r.Status || a.Notice != r.Notice {
			k.complain("%s: item %d was %d, notice %s, and is %d, %s", name, i, r.Status, r.Notice.ID, a.Status, a.Notice.ID)
		}
	}
}

func (k *court) complain(format string, args ...any) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.wrong = append(k.wrong, fmt.Sprintf(format, args...))
}
