package endtoend

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

// soak lets every fault strike alone, while at least so many papers go through it, then two or three at once, again and
// again until its time is over. A flood of bulk papers comes first, if there is to be one. The seed decides the order and
// the mixture.
func (c *cluster) soak(last time.Duration, papers, bulk int) {
	c.t.Helper()
	begun, dice := time.Now(), c.random("soak")
	if bulk > 0 {
		c.bulk(bulk)
		violations, _ := c.history()
		for _, v := range violations {
			c.t.Errorf("%s (seed %d)", v, c.seed)
		}
	}
	var total tally
	load := load{papers, 100, 50 * time.Millisecond, 6 * time.Second}
	faults := chosen(c.t, faults, os.Getenv("EBLAGH_TEST_SOAK_FAULTS"))
	order, alone := dice.Perm(len(faults)), 0
	for time.Since(begun) < last && !c.t.Failed() {
		var all []fault
		if alone < len(order) {
			all = append(all, faults[order[alone]])
			alone++
		} else {
			all = atOnce(faults, dice.Perm(len(faults)), 2+dice.IntN(2))
		}
		total = total.plus(c.tell(time.Now(), load, all...))
	}
	c.t.Logf("%d rounds in %.0f minutes: %s (repeat with SEED=%d)", c.rounds, time.Since(begun).Minutes(), total, c.seed)
	if alone < len(order) {
		c.t.Logf("%d of %d faults did not come to strike in this time", len(order)-alone, len(order))
	}
}

// atOnce are so many faults, in this order, of which no two strike the same thing.
func atOnce(faults []fault, order []int, most int) (all []fault) {
	for _, i := range order {
		same := func(f fault) bool { return f.on == faults[i].on }
		if len(all) < most && !slices.ContainsFunc(all, same) {
			all = append(all, faults[i])
		}
	}
	return all
}

// chosen are the faults with these names, by commas; no name: all.
func chosen(t *testing.T, all []fault, names string) (some []fault) {
	t.Helper()
	if names == "" {
		return all
	}
	for _, name := range strings.Split(names, ",") {
		i := slices.IndexFunc(all, func(f fault) bool { return f.name == strings.TrimSpace(name) })
		if i < 0 {
			t.Fatalf("there is no fault %q", name)
		}
		some = append(some, all[i])
	}
	return some
}
