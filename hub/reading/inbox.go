package reading

import (
	"context"
	"time"

	"eblagh/hub"
	"eblagh/hub/access"
)

// State chooses items of an inbox.
type State string

// The states; the zero State is all.
const (
	StateAll      State = "all"
	StateUnopened State = "unopened"
	StateOpened   State = "opened"
)

// InboxQuery asks for a page of one's own inbox.
type InboxQuery struct {
	After    string // the Next of the page before; "": from the newest
	Limit    int    // 1 to MaxLimit; 0: DefaultLimit
	State    State
	Language string // of what opening means; "": the addressee's own
}

// InboxPage is a page, newest first. Next is empty on the last.
type InboxPage struct {
	Items []InboxItem
	Next  string
}

// InboxItem is one arrived paper: its cover, and the notice once it was opened.
type InboxItem struct {
	Cursor    int64
	Cover     hub.Cover
	Notice    *hub.Notice // nil until the addressee opened it
	Service   hub.Service
	ArrivedAt time.Time
	OpenedAt  time.Time // zero: not opened
}

// Inbox lists what arrived for the person who asks. Errors: unauthorized, forbidden (a key has no inbox), validation.
func (r *Reader) Inbox(ctx context.Context, p access.Principal, q InboxQuery) (InboxPage, error) {
	d, err := access.Decide(p, access.InboxRead, access.Object{Person: p.Addressee()})
	if err != nil {
		return InboxPage{}, err
	}
	f, err := q.filter()
	if err != nil {
		return InboxPage{}, err
	}
	shown := f.Limit
	f.Limit++ // one more tells whether there is a next page
	var papers []Paper
	err = r.store.ReadAs(ctx, p, func(v View) error {
		if papers, err = v.Inbox(ctx, p.Addressee(), f); err != nil {
			return err
		}
		if err := r.track(ctx, v, p, d, partsOf(papers[:min(len(papers), shown)]...)...); err != nil {
			return err
		}
		return r.note(ctx, v, p, d, access.InboxRead, hub.ID{}, min(len(papers), shown))
	})
	if err != nil {
		return InboxPage{}, err
	}
	var page InboxPage
	if len(papers) > shown {
		papers = papers[:shown]
		page.Next = inboxMark(papers[shown-1].Cursor)
	}
	page.Items = make([]InboxItem, len(papers))
	for i, paper := range papers {
		if paper.Notice.Case.Restricted {
			paper = listed(paper)
		}
		if page.Items[i], err = r.item(paper, q.Language); err != nil {
			return InboxPage{}, err
		}
	}
	return page, nil
}

// Item is one paper in the inbox of the person who asks: its cover, and the notice once opened.
// Errors: unauthorized, forbidden, not-found.
func (r *Reader) Item(ctx context.Context, p access.Principal, notice hub.ID) (InboxItem, error) {
	d, err := access.Decide(p, access.InboxRead, access.Object{Person: p.Addressee()})
	if err != nil {
		return InboxItem{}, err
	}
	var paper Paper
	err = r.store.ReadAs(ctx, p, func(v View) error {
		if paper, err = v.Item(ctx, p.Addressee(), notice); err != nil {
			return err
		}
		if err := r.track(ctx, v, p, d, partsOf(paper)...); err != nil {
			return err
		}
		return r.note(ctx, v, p, d, access.InboxRead, notice, 1)
	})
	if err != nil {
		return InboxItem{}, err
	}
	return r.item(paper, "")
}

// Opened is a notice that the person who asks has opened. Errors: those of Item; wrong-state before it is opened.
func (r *Reader) Opened(ctx context.Context, p access.Principal, notice hub.ID) (hub.Notice, error) {
	item, err := r.Item(ctx, p, notice)
	if err != nil {
		return hub.Notice{}, err
	}
	if item.Notice == nil {
		return hub.Notice{}, hub.Refuse(hub.CodeWrongState, "this paper has not been opened yet")
	}
	return *item.Notice, nil
}

// CoverAt is a cover and its place in the inbox.
type CoverAt struct {
	Cursor int64
	Cover  hub.Cover
}

// Covers lists, in ascending order and at most limit, the covers of what arrived for a recipient after a cursor: what
// the live channel sends to the recipient's own connection. It reads and notes as that person.
func (r *Reader) Covers(ctx context.Context, recipient hub.ID, after int64, limit int) ([]CoverAt, error) {
	p := access.Principal{Kind: access.Person, ID: recipient}
	d, err := access.Decide(p, access.InboxRead, access.Object{Person: recipient})
	if err != nil {
		return nil, err
	}
	var papers []Paper
	err = r.store.ReadAs(ctx, p, func(v View) error {
		if papers, err = v.Covers(ctx, recipient, after, limit); err != nil {
			return err
		}
		return r.note(ctx, v, p, d, access.InboxRead, hub.ID{}, len(papers))
	})
	if err != nil {
		return nil, err
	}
	covers := make([]CoverAt, len(papers))
	for i, paper := range papers {
		covers[i] = CoverAt{Cursor: paper.Cursor, Cover: r.cover(paper, "")}
	}
	return covers, nil
}

func (r *Reader) item(p Paper, language string) (InboxItem, error) {
	item := InboxItem{
		Cursor: p.Cursor, Cover: r.cover(p, language), Service: r.service(p.Facts),
		ArrivedAt: p.Notice.ArrivedAt, OpenedAt: p.Notice.OpenedAt,
	}
	if item.OpenedAt.IsZero() {
		return item, nil
	}
	n, err := r.unseal(p)
	if err != nil {
		return InboxItem{}, err
	}
	item.Notice = &n
	return item, nil
}

func (q InboxQuery) filter() (InboxFilter, error) {
	var problems hub.Problems
	f := InboxFilter{
		Before: readInboxMark(q.After, &problems), Limit: checkLimit(q.Limit, &problems), State: q.State,
	}
	switch q.State {
	case "":
		f.State = StateAll
	case StateAll, StateUnopened, StateOpened:
	default:
		problems.Add("/state", "invalid", "must be unopened, opened or all")
	}
	return f, problems.Err()
}
