package endtoend

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"
)

// fault is something that goes wrong while papers are on their way. strike lasts about as long as it is told and leaves
// everything mended; what it does and when is the dice's.
type fault struct {
	name   string
	on     string // what it strikes: two at once strike different things, for who stops a server takes it from the other
	strike func(s *strike)
}

// strike is one fault at work.
type strike struct {
	*cluster
	dice *chance
	last time.Duration
}

// wait lets a part of the strike's time pass, more or less.
func (s *strike) wait(part float64) {
	most := time.Duration(float64(s.last) * part)
	<-time.After(most/2 + time.Duration(s.dice.below(1+int(most)))) // the fault lasts so long
}

func (s *strike) kill(n *node) {
	s.killed.Store(true)
	n.kill()
}

func (s *strike) anyNode() *node { return s.nodes[s.dice.below(len(s.nodes))] }

// faults are all there are. Each stands alone; the soak combines them as well.
var faults = []fault{
	{"kill", "nodes", func(s *strike) {
		for range 4 {
			s.wait(0.2)
			s.kill(s.anyNode())
		}
		s.wait(0.2)
		for _, n := range s.nodes { // both at once
			s.kill(n)
		}
	}},
	{"rolling stop", "nodes", func(s *strike) {
		for _, n := range s.nodes {
			s.wait(0.3)
			n.stop()
			s.await(n.ready)
		}
	}},
	{"redis wiped", "redis", func(s *strike) {
		for range 4 {
			s.wait(0.25)
			s.must(s.stack.Redis.FlushAll(context.Background()))
		}
	}},
	{"redis restarted", "redis", func(s *strike) {
		for range 2 {
			s.wait(0.3)
			s.must(s.stack.Redis.Kill())
			s.must(s.stack.Redis.Start(context.Background()))
		}
		s.wait(0.3)
	}},
	{"redis out of memory", "redis", func(s *strike) {
		s.wait(0.2)
		s.must(s.stack.Redis.Configure(context.Background(), "maxmemory", "1"))
		s.wait(0.6)
		s.must(s.stack.Redis.Configure(context.Background(), "maxmemory", "512mb"))
		s.wait(0.2)
	}},
	{"redis slow", "redis", func(s *strike) {
		s.wait(0.2)
		for _, n := range s.nodes {
			n.redis.slow(500 * time.Millisecond)
		}
		s.wait(0.7)
		for _, n := range s.nodes {
			n.redis.slow(0)
		}
	}},
	{"redis gone", "redis", func(s *strike) {
		s.wait(0.2)
		s.must(s.stack.Redis.Stop())
		s.wait(0.7)
		s.must(s.stack.Redis.Start(context.Background()))
	}},
	{"redis gone for one node", "redis", func(s *strike) {
		s.wait(0.2)
		n, home := s.anyNode(), s.stack.Redis.Addr()
		n.redis.lead("")
		n.redis.cut()
		s.wait(0.7)
		n.redis.lead(home)
	}},
	{"postgres restarted", "postgres", func(s *strike) {
		s.wait(0.4)
		s.must(s.stack.Postgres.Restart(context.Background()))
		s.wait(0.4)
		s.must(s.stack.Postgres.Kill())
		s.must(s.stack.Postgres.Start(context.Background()))
		s.wait(0.2)
	}},
	{"connection cut in mid-transaction", "postgres", func(s *strike) {
		s.breach(func(m moment) breach {
			if m == inside && s.dice.below(100) < 3 || m == single && s.dice.below(100) < 2 {
				return before
			}
			return none
		})
	}},
	{"commit fails", "postgres", func(s *strike) {
		s.run(`UPDATE test_commits SET fail = 15`)
		s.wait(1)
		s.run(`UPDATE test_commits SET fail = 0`)
	}},
	{"answer of commit lost", "postgres", func(s *strike) {
		s.breach(func(m moment) breach {
			if m == commit && s.dice.below(100) < 15 || m == single && s.dice.below(100) < 3 {
				return after
			}
			return none
		})
	}},
	{"message centre gone", "centre", func(s *strike) {
		s.wait(0.3)
		s.centre.Stop()
		s.wait(0.7)
		s.centre.Start()
	}},
	{"message centre moody", "centre", func(s *strike) {
		s.centre.Behave(moody(s.random("moody")))
		s.wait(1)
		s.centre.Behave(calm(s.random("calm again")))
	}},
	{"clock of a node jumps", "clock", func(s *strike) {
		for _, by := range []time.Duration{time.Minute, -time.Minute, 0} {
			s.wait(0.3)
			s.must(s.anyNode().shift(by))
		}
		for _, n := range s.nodes {
			s.must(n.shift(0))
		}
	}},
	{"clock of postgres jumps", "postgres", func(s *strike) {
		for _, by := range []time.Duration{time.Minute, 0, time.Minute} {
			s.wait(0.3)
			s.shiftPostgres(by)
		}
	}},
}

// breach lets the lines to Postgres break at moments, on every node, and mends them.
func (s *strike) breach(decide func(moment) breach) {
	for _, n := range s.nodes {
		n.pg.at(decide)
	}
	s.wait(1)
	for _, n := range s.nodes {
		n.pg.at(nil)
	}
}

// await waits a minute for what is good to have, and goes on without it.
func (c *cluster) await(holds func() bool) {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for end := time.After(time.Minute); !holds(); {
		select {
		case <-tick.C:
		case <-end:
			return
		}
	}
}

// round hands papers over while faults strike, again and again until the least number is brought; it mends everything,
// waits until all has ended, and checks the history.
func (c *cluster) round(name string, load load, all ...fault) ([]string, tally) {
	c.t.Helper()
	struck, brought := make(chan struct{}), make(chan struct{})
	var striking sync.WaitGroup
	striking.Go(func() {
		for again := 0; ; again++ {
			c.strikeOnce(fmt.Sprint(name, again), load.last, all)
			if again == 0 {
				close(struck)
			}
			select {
			case <-brought:
				return
			default:
			}
			c.await(c.court.isAnswered(brought)) // struck again at once, a slow machine would never come up
		}
	})
	c.court.handOver("fault-"+strings.ReplaceAll(name, " ", "-"), load, struck)
	close(brought)
	striking.Wait()
	c.allReady()
	c.ended(2*time.Minute + time.Duration(load.least)*60*time.Millisecond)
	return c.history()
}

func (c *cluster) strikeOnce(name string, last time.Duration, all []fault) {
	var group sync.WaitGroup
	for _, f := range all {
		group.Go(func() { f.strike(&strike{c, &chance{random: c.random(name + f.name)}, last}) })
	}
	group.Wait()
}

// ended waits until nothing is on its way, however busy the machine is.
func (c *cluster) ended(limit time.Duration) {
	c.t.Helper()
	eventually(c.t, limit, func() bool { return c.centre.Unreported() == 0 },
		func() string {
			return fmt.Sprintf("%d reports of the message centre are not acknowledged; sessions: %v", c.centre.Unreported(), c.rows(sessions))
		})
	// All at once: a timer that fires late makes a delivery, and a delivery that ends makes a receipt.
	eventually(c.t, 2*limit, func() bool { return len(c.rows(open)) == 0 },
		func() string { return fmt.Sprintf("still open: %v; deliveries %v", c.rows(open), c.rows(openByState)) })
	if c.shifted.Load() != 0 { // only now: set back earlier, what is due would be due that much later
		c.shiftPostgres(0)
	}
}

// open says what is on its way, and how much of it.
const open = `SELECT what, n FROM (
	SELECT 'deliveries' AS what, count(*) AS n FROM deliveries WHERE due_at IS NOT NULL
	UNION ALL SELECT 'outages', count(*) FROM incidents WHERE kind = 'outage' AND ended_at IS NULL
	UNION ALL SELECT 'reports', count(*) FROM reports r JOIN attempts a ON a.provider = r.provider AND a.message_key = r.message_key
		WHERE r.delivery IS NULL
	UNION ALL SELECT 'receipts that are not sealed', count(*) FROM ledger_queue
	UNION ALL SELECT 'timers', count(*) FROM timers WHERE fired_at IS NULL) all_of_it
WHERE n > 0`

// sessions says what the database is at.
const sessions = `SELECT state, wait_event_type, wait_event, pg_blocking_pids(pid), now() - state_change, left(query, 100)
	FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()`

const openByState = `SELECT channel, status, count(*), min(due_at), max(due_at) FROM deliveries WHERE due_at IS NOT NULL GROUP BY 1, 2`
