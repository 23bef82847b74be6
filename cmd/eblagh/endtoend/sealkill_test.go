package endtoend

import (
	"context"
	"fmt"
	"os/exec"
	"testing"
	"time"
)

// Promise 4 while processes that seal die, two at a time seal, and Postgres restarts: in the end every receipt is in the
// log once, and an audit of the whole database against the log finds nothing.
func TestSealingThroughKillsAndARestart(t *testing.T) {
	const notices, perBatch = 1000, 100
	in := newInstance(t, "api,live,seal")
	workers := []*process{in.serve("worker-0.log", "worker,seal"), in.serve("worker-1.log", "worker,seal")}
	citizen, court := in.dev.inRole("citizen")[0], in.as("court")
	for b := range notices / perBatch {
		var papers []map[string]any
		for i := range perBatch {
			papers = append(papers, paper(reference("away", b*perBatch+i), citizen))
		}
		submitBatch(t, court, fmt.Sprint("sealkill-", b), papers)
		switch b {
		case 2, 4, 6:
			workers[b/2%2].kill()
			workers[b/2%2] = in.serve(fmt.Sprintf("worker-%d.log", b), "worker,seal")
		case 5:
			in.must(in.stack.Postgres.Restart(context.Background()))
		}
	}
	in.drained(2 * time.Minute)
	in.exactlyOnce(notices)
	const waiting = `SELECT (SELECT count(*) FROM ledger_queue) + (SELECT count(*) FROM log_checkpoints WHERE note IS NULL)`
	eventually(t, time.Minute, func() bool { return in.count(waiting) == 0 },
		func() string { return fmt.Sprintf("%d wait to be sealed", in.count(waiting)) })
	if in.count(`SELECT count(*) FROM receipts`) != in.count(`SELECT count(*) FROM log_leaves`) {
		t.Error("the log has more or fewer entries than there are receipts")
	}
	audit := exec.Command(program, "audit", "--quiet", "--key", in.logKey())
	audit.Env = append(audit.Environ(), in.env...)
	if out, err := audit.CombinedOutput(); err != nil {
		t.Errorf("the audit finds something: %v\n%s", err, out)
	}
}
