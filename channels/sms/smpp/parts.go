package smpp

import (
	"sync"

	"eblagh/hub"
)

const (
	mostParts = 200_000 // that are remembered
	mostEarly = 1_000   // reports held until it is known whose they are
)

// whole is a text in several parts.
type whole struct {
	id      string
	missing map[string]struct{} // keys of the parts that are not delivered yet
}

type remembered struct {
	key  string
	text *whole
}

// held is a report that came while texts in parts were on their way: it may be of one of them.
type held struct {
	in    incoming
	until uint64 // every text that began before this turn has to end first
}

// parts knows which recent message ids are parts of one text.
type parts struct {
	mostParts, mostEarly int

	mu    sync.Mutex
	turn  uint64
	under map[uint64]struct{} // texts under way, by turn
	texts map[string]*whole   // by the key of each part
	order []remembered        // oldest first
	early []held
}

func newParts(mostParts, mostEarly int) *parts {
	return &parts{mostParts: mostParts, mostEarly: mostEarly, under: map[uint64]struct{}{}, texts: map[string]*whole{}}
}

// begin says that a text in parts is on its way.
func (p *parts) begin() (turn uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.turn++
	p.under[p.turn] = struct{}{}
	return p.turn
}

// end remembers the parts of the text, none when it was not taken, and gives the reports that need not wait any more.
func (p *parts) end(turn uint64, id string, ids []string) []incoming {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.under, turn)
	text := &whole{id: id, missing: make(map[string]struct{}, len(ids))}
	for _, part := range ids {
		k := key(part)
		text.missing[k] = struct{}{}
		p.texts[k] = text
		p.order = append(p.order, remembered{k, text})
	}
	for len(p.order) > p.mostParts {
		if oldest := p.order[0]; p.texts[oldest.key] == oldest.text { // ids are used again after a while
			delete(p.texts, oldest.key)
		}
		p.order = p.order[1:]
	}
	return p.release()
}

func (p *parts) release() (ready []incoming) {
	first := p.turn + 1
	for turn := range p.under {
		first = min(first, turn)
	}
	kept := p.early[:0]
	for _, h := range p.early {
		if _, known := p.texts[key(h.in.report.MessageID)]; known || h.until <= first {
			ready = append(ready, h.in)
		} else {
			kept = append(kept, h)
		}
	}
	clear(p.early[len(kept):])
	p.early = kept
	return ready
}

// What becomes of a report.
type fate int

const (
	passOn  fate = iota // tell the hub
	settled             // a part's, and nothing new for the text
	wait                // it is held
	tooMany             // no room to hold it: the message centre has to bring it again
)

// sort turns the report of a part into that of its text, and holds what may be a part's of a text under way.
func (p *parts) sort(in incoming) (hub.Report, fate) {
	p.mu.Lock()
	defer p.mu.Unlock()
	r := in.report
	k := key(r.MessageID)
	text, ok := p.texts[k]
	switch {
	case !ok && len(p.under) == 0 || in.released && !ok:
		return r, passOn
	case !ok && len(p.early) >= p.mostEarly:
		return r, tooMany
	case !ok:
		in.released = true
		p.early = append(p.early, held{in, p.turn + 1})
		return r, wait
	}
	r.MessageID = text.id
	switch r.Outcome {
	case hub.OutcomeDelivered:
		delete(text.missing, k)
		if len(text.missing) == 0 {
			return r, passOn
		}
	case hub.OutcomeRejected:
		return r, passOn
	}
	return r, settled
}
