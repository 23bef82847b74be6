package web

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"eblagh/hub"
	"eblagh/hub/reading"
)

// noticesLimit is how many notices one page of the court's list has.
const noticesLimit = 25

// noticesPage is a page of what the visitor's court has submitted.
type noticesPage struct {
	Items []noticeLine
	Pager pager
}

// noticeLine is one notice in the court's list.
type noticeLine struct {
	ID         hub.ID
	Kind       hub.Kind
	Number     string
	CaseNumber string
	Subject    string
	CreatedAt  time.Time
	Deliveries []hub.Delivery
	Service    hub.ServiceStatus
}

// notices answers GET /court?after=.
func (s *site) notices(v *visit) error {
	after := v.r.URL.Query().Get("after")
	found, err := s.deps.Reader.Notices(v.r.Context(), v.principal, reading.NoticeQuery{After: after, Limit: noticesLimit})
	if err != nil {
		return err
	}
	data := noticesPage{Pager: newPager("/court", url.Values{}, after, found.Next)}
	for _, item := range found.Items {
		n := item.Notice
		data.Items = append(data.Items, noticeLine{
			ID: n.ID, Kind: n.Kind, Number: n.Number, CaseNumber: n.Case.Number, Subject: n.Subject,
			CreatedAt: n.CreatedAt, Deliveries: n.Deliveries, Service: item.Service.Status,
		})
	}
	return v.render(http.StatusOK, "court", data)
}

// noticePage is one notice as its submitter follows it.
type noticePage struct {
	Notice   hub.Notice
	Warnings []string // keys of texts
	Service  serviceView
	Receipts []receiptView
	Here     string
	Seen     string // digest of what is shown, so that an unchanged part is not sent again
	Every    int    // seconds between refreshes, 0: none
	HandOver bool   // an officer could carry it now
}

// notice answers GET /court/notices/{notice}?warning=&seen=.
func (s *site) notice(v *visit) error {
	id, err := v.id("notice")
	if err != nil {
		return err
	}
	n, service, err := s.deps.Reader.Notice(v.r.Context(), v.principal, id)
	if err != nil {
		return err
	}
	receipts, err := v.receipts(id)
	if err != nil {
		return err
	}
	carries := s.deps.Ladder.Carries(n.Kind) && !n.ArrivedAt.IsZero() && n.OpenedAt.IsZero() && n.CorrectedBy.IsZero() &&
		!slices.ContainsFunc(n.Climb.Done, func(d hub.RungDone) bool { return d.Delivery.IsZero() })
	data := &noticePage{
		HandOver: carries,
		Notice:   n, Service: v.service(service), Receipts: receipts, Here: "/court/notices/" + id.String(),
		Warnings: warnings(v.r.URL.Query().Get("warning")), Every: refreshEvery(n, receipts, s.deps.Clock()),
	}
	return v.refreshing(refresh{page: "court-notice", block: "watch", element: "watch", data: data, seen: &data.Seen})
}

// refreshEvery lets the page refresh itself fast while things happen, slowly for half an hour after, and then no more:
// each refresh is a look that is recorded, and keeps the session alive.
func refreshEvery(n hub.Notice, receipts []receiptView, now time.Time) int {
	last := n.CreatedAt
	for _, r := range receipts {
		if r.At.After(last) {
			last = r.At
		}
	}
	settled := !slices.ContainsFunc(n.Deliveries, func(d hub.Delivery) bool { return !d.Status.Final() })
	switch quiet := now.Sub(last); {
	case settled && !n.OpenedAt.IsZero(), quiet > 30*time.Minute:
		return 0
	case quiet > 2*time.Minute:
		return 15
	}
	return 2
}

// warnings turns the names that submitting left in the address into keys of texts.
func warnings(names string) []string {
	var keys []string
	for name := range strings.SplitSeq(names, ",") {
		if slices.Contains([]string{"case_number", "hearing", "other"}, name) {
			keys = append(keys, "warning."+name)
		}
	}
	return keys
}

// warningNames puts the domain's warnings into an address, without what was typed.
func warningNames(fields []hub.Field) string {
	var names []string
	for _, f := range fields {
		name := "other"
		switch f.Pointer {
		case "/case/number":
			name = "case_number"
		case "/hearing_at":
			name = "hearing"
		}
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return strings.Join(names, ",")
}
