package postgres

import (
	"testing"
	"time"

	"eblagh/hub"
	"eblagh/hub/ledger"
)

// What nobody takes is forgotten: the memory of fresh receipts is bounded, however many come.
func TestFreshReceiptsAreBounded(t *testing.T) {
	f := &fresh{}
	f.want(true)
	ids := hub.NewIDs(time.Now(), 4*mostFresh)
	for start := 0; start < len(ids); start += 1000 {
		var batch []ledger.Receipt
		for _, id := range ids[start:min(start+1000, len(ids))] {
			batch = append(batch, ledger.Receipt{Receipt: hub.Receipt{ID: id}})
		}
		f.keep(batch)
	}
	if n := len(f.young) + len(f.old); n > 2*mostFresh {
		t.Errorf("%d are kept", n)
	}
	newest := ids[len(ids)-100:]
	if found, others := f.take(newest); len(found) != 100 || len(others) != 0 || found[0].ID != newest[0] {
		t.Errorf("%d of the newest, %d others", len(found), len(others))
	}
	if found, others := f.take(ids[:100]); len(found) != 0 || len(others) != 100 {
		t.Errorf("%d of the oldest, %d others", len(found), len(others))
	}
}
