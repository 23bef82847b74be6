package live

import (
	"context"

	"eblagh/hub"
)

// missed is a stretch of an inbox, who misses it, and what is there.
type missed struct {
	span   hub.Span
	behind []*conn
	atHand *hub.LiveCover
	page   []hub.LiveCover
}

// missing gives what the connections miss: those of one person at one position share a span. Who misses nothing is let out
// of the collector's hand.
func missing(batch []*conn) (all []*missed) {
	type place struct {
		recipient hub.ID
		position  int64
	}
	at := map[place]*missed{}
	for _, c := range batch {
		c.mu.Lock()
		span, atHand := hub.Span{Recipient: c.recipient, After: c.position, Through: c.target}, c.atHand
		if c.ended != 0 || !c.joined || span.After >= span.Through {
			c.wanted = false
			c.mu.Unlock()
			continue
		}
		c.mu.Unlock()
		m := at[place{span.Recipient, span.After}]
		if m == nil {
			m = &missed{span: span, atHand: atHand}
			at[place{span.Recipient, span.After}], all = m, append(all, m)
		}
		m.span.Through = max(m.span.Through, span.Through)
		m.behind = append(m.behind, c)
	}
	return all
}

// spread puts one page on its way to everybody who missed it.
func (l *collector) spread(ctx context.Context, m *missed) {
	page, to := m.page, m.behind
	frames := make([]frame, 0, len(page))
	for _, item := range page {
		item.Cover.OpeningMeans = l.reg.o.Means(item.Cover.Kind, item.Language)
		f, err := noticeFrame(item.Cursor, item.Cover, len(to) > 1)
		if err != nil { // a cover always becomes JSON; if ever not, the inbox still has it
			l.reg.o.Logger.ErrorContext(ctx, "live: a cover cannot be written", "error", err)
			continue
		}
		frames = append(frames, f)
	}
	through := m.span.Through
	if len(page) == pageSize {
		through = page[len(page)-1].Cursor
	}
	for _, c := range to {
		c.deliver(frames, through)
	}
}
