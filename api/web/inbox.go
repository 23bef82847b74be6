package web

import (
	"net/http"
	"net/url"
	"time"

	"eblagh/hub"
	"eblagh/hub/reading"
)

// inboxLimit is how many notices one page of the inbox lists.
const inboxLimit = 25

// pager leads to the other pages of a list; empty when there are none.
type pager struct{ First, Next string }

// newPager makes the links around a page that began after a mark.
func newPager(path string, keep url.Values, after, next string) pager {
	to := func(mark string) string {
		q := url.Values{}
		for name, values := range keep {
			q[name] = values
		}
		if mark != "" {
			q.Set("after", mark)
		}
		if len(q) == 0 {
			return path
		}
		return path + "?" + q.Encode()
	}
	var p pager
	if after != "" {
		p.First = to("")
	}
	if next != "" {
		p.Next = to(next)
	}
	return p
}

// inboxPage is a page of the inbox.
type inboxPage struct {
	Name   string
	State  reading.State
	States []reading.State
	Items  []letter
	Head   int64  // the highest cursor shown, where live goes on
	Older  bool   // not the first page: it does not change by itself
	Here   string // what to fetch when something arrives
	Pager  pager
}

// letter is one line of the inbox. Subject is empty until the notice was opened.
type letter struct {
	ID        hub.ID
	Kind      hub.Kind
	Number    string
	Branch    string
	ArrivedAt time.Time
	Opened    bool
	Subject   string
}

// inbox answers GET /inbox?state=&after=.
func (s *site) inbox(v *visit) error {
	q := v.r.URL.Query()
	ask := reading.InboxQuery{
		State: reading.State(q.Get("state")), After: q.Get("after"), Limit: inboxLimit, Language: string(v.language),
	}
	if ask.State == "" {
		ask.State = reading.StateAll
	}
	found, err := s.deps.Reader.Inbox(v.r.Context(), v.principal, ask)
	if err != nil {
		return err
	}
	data := newInboxPage(ask, found)
	if v.wants("inbox") {
		html, err := v.draw("inbox", "inbox-list", data)
		if err != nil {
			return err
		}
		return v.write(http.StatusOK, html)
	}
	me, err := s.deps.Enroller.Recipient(v.r.Context(), v.principal, v.principal.Addressee())
	if err != nil {
		return err
	}
	data.Name = me.FullName()
	return v.render(http.StatusOK, "inbox", data)
}

func newInboxPage(ask reading.InboxQuery, found reading.InboxPage) inboxPage {
	keep := url.Values{}
	if ask.State != reading.StateAll {
		keep.Set("state", string(ask.State))
	}
	data := inboxPage{
		State: ask.State, States: []reading.State{reading.StateAll, reading.StateUnopened, reading.StateOpened},
		Older: ask.After != "", Here: "/inbox", Pager: newPager("/inbox", keep, ask.After, found.Next),
	}
	if len(keep) > 0 {
		data.Here += "?" + keep.Encode()
	}
	for _, item := range found.Items {
		data.Head = max(data.Head, item.Cursor)
		data.Items = append(data.Items, newLetter(item))
	}
	return data
}

func newLetter(item reading.InboxItem) letter {
	l := letter{
		ID: item.Cover.ID, Kind: item.Cover.Kind, Number: item.Cover.Number, Branch: item.Cover.Branch.Name,
		ArrivedAt: item.ArrivedAt, Opened: item.Notice != nil,
	}
	if item.Notice != nil {
		l.Subject = item.Notice.Subject
	}
	return l
}
