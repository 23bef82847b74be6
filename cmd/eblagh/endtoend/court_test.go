package endtoend

import (
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// court hands papers over as a court's system does: in batches, each under a key of its own, at either node, again and
// again until it is answered. What the hub has answered with a notice it must keep.
type court struct {
	c       *cluster
	callers []*caller // one per node
	batches atomic.Int64
	retries atomic.Int64

	mu       sync.Mutex
	accepted map[string]string // reference by notice
	refused  int               // papers whose own time was over before the hub could take them
	wrong    []string
}

func newCourt(c *cluster) *court {
	k := &court{c: c, accepted: map[string]string{}}
	for _, n := range c.nodes {
		caller := newCaller(c.t, "http://"+n.door.addr(), c.dev.Keys["court"])
		caller.http.Timeout = 20 * time.Second
		k.callers = append(k.callers, caller)
	}
	return k
}

// load is how many papers a round brings, and how long its faults last.
type load struct {
	least    int // papers
	perBatch int
	pace     time.Duration // between two batches of one hand
	last     time.Duration // of one strike
}

// handOver brings papers, some at a time, until the faults have struck and the least number is brought.
func (k *court) handOver(name string, load load, struck <-chan struct{}) {
	const hands = 2
	var group sync.WaitGroup
	var brought atomic.Int64
	for hand := range hands {
		group.Go(func() {
			tick := time.NewTicker(load.pace)
			defer tick.Stop()
			for ended := false; !ended || brought.Load() < int64(load.least); {
				brought.Add(int64(load.perBatch))
				k.batch(fmt.Sprintf("%s-%d-%d", name, hand, k.batches.Add(1)), load.perBatch)
				select {
				case <-struck:
					ended = true
				default:
				}
				<-tick.C
			}
		})
	}
	group.Wait()
}

// batch brings one batch until it is answered, and now and then once more, when the answer has to be the same.
func (k *court) batch(name string, size int) {
	dice := k.c.random(name)
	papers := make([]map[string]any, size)
	for i := range papers {
		papers[i] = k.paper(fmt.Sprintf("%s-%04d", name, i), dice.IntN(1000), k.c.people[dice.IntN(len(k.c.people))])
	}
	node := dice.IntN(len(k.callers))
	first, ok := k.insist(name, papers, node, 3*time.Minute)
	if !ok {
		k.complain("batch %s was never answered", name)
		return
	}
	k.note(name, papers, first)
	if dice.IntN(5) == 0 {
		if again, ok := k.insist(name, papers, node+1, 10*time.Second); ok {
			k.compare(name, first, again)
		}
	}
	for i, r := range first.Results {
		if papers[i]["not_before"] != nil && r.Status == http.StatusCreated {
			k.withdraw(r.Notice.ID, node)
		}
	}
}

// paper makes one of: an urgent one, a bulk one, one whose time is over soon, one that will be withdrawn, one that an
// officer carries in the end.
func (k *court) paper(reference string, dice int, to demoPerson) map[string]any {
	p := paper(reference, to)
	soon := time.Now().Add(time.Duration(k.c.shifted.Load()))
	switch {
	case dice < 50:
		p["priority"] = "urgent"
	case dice < 300:
		p["priority"] = "bulk"
	case dice < 330:
		p["expires_at"] = soon.Add(3 * time.Second).UTC().Format(time.RFC3339Nano)
	case dice < 380:
		p["kind"] = "summons"
	case dice < 390:
		p["not_before"] = soon.Add(time.Hour).UTC().Format(time.RFC3339Nano)
	}
	return p
}

// insist sends a batch to one node after the other until it gets an answer that stands.
func (k *court) insist(name string, papers []map[string]any, node int, limit time.Duration) (out batchAnswer, ok bool) {
	body, err := json.Marshal(map[string]any{"notices": papers})
	if err != nil {
		k.complain("%v", err)
		return out, false
	}
	for end := time.Now().Add(limit); time.Now().Before(end); node++ {
		a, err := k.callers[node%len(k.callers)].try("POST", "/v1/notices/batch", string(body), "Idempotency-Key", name)
		switch {
		case err == nil && a.status == http.StatusOK:
			if err := json.Unmarshal(a.body, &out); err != nil || len(out.Results) != len(papers) {
				k.complain("batch %s: an answer with %d results: %v", name, len(out.Results), err)
				return out, false
			}
			return out, true
		case err == nil && a.status < 500 && a.status != http.StatusTooManyRequests && a.status != http.StatusConflict:
			k.complain("batch %s: status %d: %s", name, a.status, tail(string(a.body), 300))
			return out, false
		}
		k.retries.Add(1)
		<-time.After(100 * time.Millisecond) // as a court's system waits
	}
	return out, false
}

func (k *court) note(name string, papers []map[string]any, answer batchAnswer) {
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
		if again.Results[i].Notice.ID != r.Notice.ID {
			k.complain("batch %s: item %d was notice %s and is %s", name, i, r.Notice.ID, again.Results[i].Notice.ID)
		}
	}
}

// withdraw cancels a notice that is not yet due, until one of the nodes says that it is so.
func (k *court) withdraw(notice string, node int) {
	for end := time.Now().Add(3 * time.Minute); time.Now().Before(end); node++ {
		a, err := k.callers[node%len(k.callers)].try("POST", "/v1/notices/"+notice+"/cancel", map[string]any{})
		if err == nil && (a.status < 300 || a.status == http.StatusConflict) {
			return
		}
		k.retries.Add(1)
		<-time.After(100 * time.Millisecond) // likewise
	}
	k.complain("notice %s was never withdrawn", notice)
}

func (k *court) complain(format string, args ...any) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.wrong = append(k.wrong, fmt.Sprintf(format, args...))
}
