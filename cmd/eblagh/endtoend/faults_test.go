package endtoend

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
)

// Promises 1, 2, 3 and 5 on two nodes, while each thing that can break breaks once; or, with EBLAGH_TEST_SOAK_MINUTES, all of it
// at random for so long. EBLAGH_TEST_SEED repeats what a seed decided.
func TestTwoNodesThroughEveryFault(t *testing.T) {
	seed := number(t, "EBLAGH_TEST_SEED", time.Now().UnixNano())
	t.Logf("seed %d", seed)
	c := newCluster(t, seed)
	if minutes := number(t, "EBLAGH_TEST_SOAK_MINUTES", 0); minutes > 0 {
		c.soak(time.Duration(minutes)*time.Minute, int(number(t, "EBLAGH_TEST_SOAK_PAPERS", 10_000)),
			int(number(t, "EBLAGH_TEST_SOAK_BULK", 0)))
		return
	}
	for _, f := range faults {
		t.Run(f.name, func(t *testing.T) {
			c.t = t
			c.tell(time.Now(), load{200, 20, 40 * time.Millisecond, 1500 * time.Millisecond}, f)
		})
	}
	c.t = t
	for _, v := range c.viewers { // what the wire shows in the end is what the citizen saw live
		want := map[string]bool{}
		for _, row := range c.rows(`SELECT notice FROM inbox WHERE recipient = '` + v.id + `'`) {
			want[row[0]] = true
		}
		oncePerNotice(t, inbox(t, v.callers[0]), want)
	}
}

// tell runs a round and says what came of it.
func (c *cluster) tell(begun time.Time, load load, all ...fault) tally {
	c.t.Helper()
	names := make([]string, len(all))
	for i, f := range all {
		names[i] = f.name
	}
	name := strings.Join(names, " + ")
	violations, sum := c.round(fmt.Sprintf("%s %d", strings.ReplaceAll(name, " + ", " "), c.rounds), load, all...)
	c.rounds++
	c.t.Logf("%-60s %4.0f s  %s  (seed %d)", name, time.Since(begun).Seconds(), sum, c.seed)
	for _, v := range violations {
		c.t.Errorf("%s (seed %d)", v, c.seed)
	}
	return sum
}

// number reads a number from the environment.
func number(t *testing.T, variable string, otherwise int64) int64 {
	t.Helper()
	text := os.Getenv(variable)
	if text == "" {
		return otherwise
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		t.Fatalf("%s: %v", variable, err)
	}
	return n
}
