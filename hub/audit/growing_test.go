package audit_test

import (
	"context"
	"testing"

	"eblagh/hub/audit"
)

// growing is a log that grows as soon as an audit has read its head.
type growing struct {
	audit.Store
	grow func()
}

func (g growing) LeavesFrom(ctx context.Context, index int64, limit int) ([]audit.Leaf, error) {
	g.grow()
	return g.Store.LeavesFrom(ctx, index, limit)
}

// What is sealed while an audit begins claims no place beyond the log.
func TestALogMayGrowWhileItIsAudited(t *testing.T) {
	w := newWorld(t)
	o := w.options()
	before := w.count(`SELECT count(*) FROM log_leaves`)
	o.Store = growing{o.Store, func() { w.serve(3); w.seal() }}
	if r := w.audit(o); r.Faults != 0 {
		t.Errorf("%+v", r.Findings)
	}
	if after := w.count(`SELECT count(*) FROM log_leaves`); after <= before {
		t.Errorf("%d entries, and %d before", after, before)
	}
}
