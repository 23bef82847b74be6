package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"eblagh/hub"
)

// mostWaiting is how many texts are asked for at most; of more the oldest are left to the callback and to the time that
// a report may take.
const mostWaiting = 100_000

// waiting are the ids without a final report, in the order in which they are to be asked for.
type waiting struct {
	mu   sync.Mutex
	most int
	list []asked
}

type asked struct {
	id    string
	since time.Time
	next  time.Time
}

// take removes the ids whose turn has come, at most n.
func (w *waiting) take(now time.Time, n int) []asked {
	w.mu.Lock()
	defer w.mu.Unlock()
	k := 0
	for k < min(n, len(w.list)) && !w.list[k].next.After(now) {
		k++
	}
	due := append([]asked{}, w.list[:k]...)
	w.list = w.list[k:]
	return due
}

func (w *waiting) put(back []asked) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.list = append(w.list, back...)
	if over := len(w.list) - w.most; over > 0 {
		w.list = append([]asked{}, w.list[over:]...)
	}
}

// expect asks for these texts from now on.
func (g *Gateway) expect(ids []string) {
	if g.o.Status.URL == "" || g.o.Report == nil || len(ids) == 0 {
		return
	}
	now, fresh := g.o.Clock(), make([]asked, len(ids))
	for i, id := range ids {
		fresh[i] = asked{id: id, since: now, next: now.Add(g.o.Status.Every)}
	}
	g.waiting.put(fresh)
}

// Run asks for reports until ctx ends. Without a status address it only waits.
func (g *Gateway) Run(ctx context.Context) {
	if g.o.Status.URL == "" || g.o.Report == nil {
		<-ctx.Done()
		return
	}
	g.remember(ctx)
	tick := time.NewTicker(max(g.o.Status.Every/10, 10*time.Millisecond))
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		for g.askDue(ctx) && ctx.Err() == nil {
			continue
		}
	}
}

// remember asks for what left before the start, too.
func (g *Gateway) remember(ctx context.Context) {
	if g.o.Former == nil {
		return
	}
	ids, err := g.o.Former(ctx, g.waiting.most)
	if err != nil {
		g.o.Logger.WarnContext(ctx, "texts of before the start are not asked for until they are overdue", "provider", g.o.Name,
			"error", err)
	}
	g.expect(ids)
}

// askDue asks for one batch; false: nothing was due, or the gateway does not answer.
func (g *Gateway) askDue(ctx context.Context) bool {
	now := g.o.Clock()
	due := g.waiting.take(now, g.o.Status.Batch)
	if len(due) == 0 {
		return false
	}
	settled, ok := g.ask(ctx, due)
	var back []asked
	for _, a := range due {
		if a.next = now.Add(g.o.Status.Every); !settled[a.id] && now.Sub(a.since) < g.o.Status.For {
			back = append(back, a)
		}
	}
	g.waiting.put(back)
	return ok
}

// ask gives the ids whose reports were taken. What is not taken is asked for again.
func (g *Gateway) ask(ctx context.Context, due []asked) (map[string]bool, bool) {
	ids := make([]string, len(due))
	for i, a := range due {
		ids[i] = a.id
	}
	found, err := g.lookUp(ctx, ids)
	if err != nil {
		g.o.Logger.WarnContext(ctx, "reports cannot be asked for", "provider", g.o.Name, "error", err)
		return nil, false
	}
	if err := g.take(ctx, found); err != nil {
		g.o.Logger.WarnContext(ctx, "reports were not taken; they are asked for again", "provider", g.o.Name, "count", len(found))
		return nil, false
	}
	settled := make(map[string]bool, len(found))
	for _, r := range found {
		settled[r.MessageID] = true
	}
	return settled, true
}

// lookUp gives the reports that the gateway has for these ids, in one call. Errors hold no address.
func (g *Gateway) lookUp(ctx context.Context, ids []string) ([]hub.Report, error) {
	body, err := json.Marshal(map[string]any{g.o.Status.IDs: ids})
	if err != nil {
		return nil, fmt.Errorf("ids: %w", err)
	}
	status, answer, _, err := g.call(ctx, g.o.Status.URL, body)
	if err != nil {
		return nil, err
	}
	if status < 200 || status >= 300 {
		return nil, fmt.Errorf("the gateway answers with status %d", status)
	}
	value, err := parse(answer)
	if err != nil {
		return nil, errors.New("the answer makes no sense")
	}
	return g.reports(value, g.o.Status.At), nil
}

// Asks reports whether the gateway can be asked what became of texts.
func (g *Gateway) Asks() bool { return g.o.Status.URL != "" }

// Query asks what became of messages, in batches, until ctx ends or the gateway does not answer. Those without a final
// state have no report.
func (g *Gateway) Query(ctx context.Context, messages []string) ([]hub.Report, error) {
	var found []hub.Report
	for batch := range slices.Chunk(messages, g.o.Status.Batch) {
		more, err := g.lookUp(ctx, batch)
		if err != nil {
			return found, err
		}
		found = append(found, more...)
	}
	return found, nil
}

func (g *Gateway) take(ctx context.Context, found []hub.Report) error {
	if len(found) == 0 || g.o.Report == nil {
		return nil
	}
	return g.o.Report(ctx, found)
}
