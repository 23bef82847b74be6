package postgres

import (
	"sync"

	"eblagh/hub"
	"eblagh/hub/ledger"
)

// mostFresh bounds the receipts that are kept in memory, twice.
const mostFresh = 16_384

// fresh are receipts that this process has committed a moment ago. While it writes the log too, it takes them from here:
// to read them again cost as much as to write them. The table is what counts, and has all that is not here.
type fresh struct {
	mu         sync.Mutex
	wanted     bool
	young, old map[hub.ID]*ledger.Receipt
}

// want says whether this process writes the log.
func (f *fresh) want(wanted bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.wanted, f.young, f.old = wanted, nil, nil
}

// keep keeps receipts that are committed, exactly as the table has them. Those that nobody took are forgotten once enough
// have come after them.
func (f *fresh) keep(receipts []ledger.Receipt) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.wanted {
		return
	}
	if f.young == nil || len(f.young)+len(receipts) > mostFresh {
		f.young, f.old = make(map[hub.ID]*ledger.Receipt, len(receipts)), f.young
	}
	for _, r := range receipts[:min(len(receipts), mostFresh)] { // each by itself: one that stays must not hold its whole batch
		f.young[r.ID] = &r
	}
}

// take gives those of the receipts that are here, and the ids of the others.
func (f *fresh) take(ids []hub.ID) (found []ledger.Receipt, others []hub.ID) {
	f.mu.Lock()
	defer f.mu.Unlock()
	found = make([]ledger.Receipt, 0, len(ids))
	for _, id := range ids {
		from := f.young
		r := from[id]
		if r == nil {
			from = f.old
			r = from[id]
		}
		if r == nil {
			others = append(others, id)
			continue
		}
		delete(from, id)
		found = append(found, *r)
	}
	return found, others
}
