package endtoend

import (
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// bulk lets a flood of bulk papers in, to the inbox alone, and beside it an urgent one every so often. 99 of 100 urgent
// ones have to arrive within three seconds of their acceptance, however long the flood takes.
func (c *cluster) bulk(papers int) {
	c.t.Helper()
	const perBatch, hands, every = 2000, 4, 200 * time.Millisecond
	begun, flood := time.Now(), sync.WaitGroup{}
	var batches atomic.Int64
	for range hands {
		flood.Go(func() {
			for n := batches.Add(1); int(n) <= papers/perBatch; n = batches.Add(1) {
				c.court.flood(fmt.Sprintf("bulk-%d-%d", c.rounds, n), perBatch)
			}
		})
	}
	accepted := make(chan struct{})
	go func() { flood.Wait(); close(accepted) }()
	urgent := 0
	for ended := false; !ended; urgent++ {
		c.court.flood(fmt.Sprintf("urgent-%d-%d", c.rounds, urgent), 1)
		select {
		case <-accepted:
			ended = c.count(bulkOnItsWay) == 0
		case <-time.After(every): // the pace of the court
		}
	}
	rows := c.rows(fmt.Sprintf(`SELECT count(*), coalesce(percentile_disc(0.99) WITHIN GROUP (ORDER BY extract(epoch FROM i.arrived_at - n.created_at)), 0)
		FROM notices n JOIN inbox i ON i.recipient = n.recipient AND i.notice = n.id WHERE n.reference LIKE 'urgent-%d-%%'`, c.rounds))
	arrived := c.count(fmt.Sprintf(`SELECT count(*) FROM notices n JOIN inbox i ON i.recipient = n.recipient AND i.notice = n.id
		WHERE n.reference LIKE 'bulk-%d-%%'`, c.rounds))
	slowest, err := strconv.ParseFloat(rows[0][1], 64)
	took := time.Since(begun).Seconds()
	c.t.Logf("%d bulk papers in %.0f s (%.0f a second), and %s urgent ones beside them, 99 of 100 within %.2f s", arrived, took,
		float64(arrived)/took, rows[0][0], slowest)
	if err != nil || slowest > 3 || arrived != int64(papers/perBatch*perBatch) || rows[0][0] != strconv.Itoa(urgent) {
		c.t.Errorf("%d of %d bulk papers and %s of %d urgent ones arrived, 99 of 100 of these within %s s", arrived, papers, rows[0][0], urgent, rows[0][1])
	}
}

const bulkOnItsWay = `SELECT count(*) FROM (SELECT FROM deliveries WHERE channel = 'inbox' AND priority = 'bulk' AND due_at IS NOT NULL LIMIT 1) d`

// flood brings papers to the inbox alone, named so that the comparison with the court's list leaves them out.
func (k *court) flood(name string, size int) {
	dice, papers, priority := k.c.random(name), make([]map[string]any, size), "bulk"
	if size == 1 {
		priority = "urgent"
	}
	quiet := k.c.people[len(k.c.viewers):] // nobody watches these inboxes
	for i := range papers {
		papers[i] = paper(fmt.Sprintf("%s-%04d", name, i), quiet[dice.IntN(len(quiet))])
		papers[i]["priority"], papers[i]["channels"] = priority, []string{"inbox"}
	}
	answer, ok := k.insistBatch(name, papers, dice.IntN(len(k.callers)), 5*time.Minute)
	if !ok {
		k.complain("batch %s was never answered", name)
	}
	for _, r := range answer.Results {
		if r.Status != 201 {
			k.complain("item %d of batch %s: status %d", r.Index, name, r.Status)
		}
	}
}
