package endtoend

import (
	"fmt"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// court hands papers over as a court's system does: in batches and one by one, each under a key of its own, at either node,
// again and again until it is answered. What the hub has answered with a notice it must keep.
type court struct {
	c       *cluster
	callers []*caller // one per node
	batches atomic.Int64
	answers atomic.Int64
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
				brought.Add(int64(load.perBatch) + 1)
				this := fmt.Sprintf("%s-%d-%d", name, hand, k.batches.Add(1))
				k.batch(this, load.perBatch)
				k.single(this + "-single")
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
	first, ok := k.insistBatch(name, papers, node, 3*time.Minute)
	if !ok {
		k.complain("batch %s was never answered", name)
		return
	}
	k.note(papers, first)
	if dice.IntN(5) == 0 {
		if again, ok := k.insistBatch(name, papers, node+1, 10*time.Second); ok {
			k.compare(name, first, again)
		}
	}
	k.withdrawAll(papers, first, node)
}

// single brings one paper by itself, now and then at both nodes at once under its one key: it is one notice all the same.
func (k *court) single(name string) {
	dice := k.c.random(name)
	papers := []map[string]any{k.paper(name, dice.IntN(1000), k.c.people[dice.IntN(len(k.c.people))])}
	node, times := dice.IntN(len(k.callers)), 1+dice.IntN(2)
	answers, answered := make([]batchAnswer, times), make([]bool, times)
	var group sync.WaitGroup
	for i := range times {
		group.Go(func() { answers[i], answered[i] = k.insistSingle(name, papers[0], node+i, 3*time.Minute) })
	}
	group.Wait()
	if slices.Contains(answered, false) {
		k.complain("paper %s was never answered", name)
		return
	}
	k.note(papers, answers[0])
	k.compare(name, answers[0], answers[times-1])
	k.withdrawAll(papers, answers[0], node)
}

// withdrawAll withdraws what is not in force yet.
func (k *court) withdrawAll(papers []map[string]any, answer batchAnswer, node int) {
	for i, r := range answer.Results {
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
