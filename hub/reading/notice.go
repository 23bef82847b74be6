package reading

import (
	"context"

	"eblagh/hub"
	"eblagh/hub/access"
)

// What a reference and a case number can be at most, in bytes.
const (
	longestReference  = 800
	longestCaseNumber = 400
)

// How far one page walks when it looks for a status that no index knows.
const (
	walkStep  = 2_000
	walkSteps = 5
)

// NoticeQuery asks for a page of the notices of one's own organisations. Empty fields do not filter.
type NoticeQuery struct {
	CaseNumber     string // in any digits, with or without separators
	DeliveryStatus hub.DeliveryStatus
	ServiceStatus  hub.ServiceStatus
	Reference      string
	After          string // the Next of the page before; "": from the newest
	Limit          int    // 1 to MaxLimit; 0: DefaultLimit
}

// NoticePage is a page, newest first. Next is empty on the last. A page that filters by a status can be short, even
// empty, with a Next: it has walked as far as one call may.
type NoticePage struct {
	Items []NoticeItem
	Next  string
}

// NoticeItem is a notice, without its body in a list, and where its service stands.
type NoticeItem struct {
	Notice  hub.Notice
	Service hub.Service
}

// Notice is one notice in full, as its submitter's side sees it, or the addressee's counsel after E.1.
// Errors: unauthorized, forbidden, not-found; also for a clerk who is the addressee and has not opened it.
func (r *Reader) Notice(ctx context.Context, p access.Principal, id hub.ID) (hub.Notice, hub.Service, error) {
	if _, err := access.May(p, access.NoticeRead); err != nil {
		return hub.Notice{}, hub.Service{}, err
	}
	var paper Paper
	var returns []SealedReturn
	err := r.store.ReadAs(ctx, p, func(v View) error {
		papers, err := v.Submitted(ctx, []hub.ID{id})
		if err != nil {
			return err
		}
		if len(papers) == 0 && p.Holds(hub.RoleLawyer) {
			papers, err = v.CasePapers(ctx, NoticesOf{Notices: []hub.ID{id}, Each: 1})
		}
		if err != nil {
			return err
		}
		if len(papers) == 0 || waitsFor(p, papers[0]) {
			return hub.ErrNotFound
		}
		paper = papers[0]
		n := paper.Notice
		counsel, err := counselIn(ctx, v, p, n.Case.ID)
		if err != nil {
			return err
		}
		d, err := access.Decide(p, access.NoticeRead, counsel.objectOf(paper))
		if err != nil {
			return err
		}
		if err := r.track(ctx, v, p, d, partsOf(paper)...); err != nil {
			return err
		}
		if d.Relation == access.Same { // how an officer went about it is the court's to know
			if paper.Notice.Climb, returns, err = v.Climb(ctx, id); err != nil {
				return err
			}
		}
		return r.note(ctx, v, p, d, access.NoticeRead, id, 1)
	})
	if err != nil {
		return hub.Notice{}, hub.Service{}, err
	}
	n, err := r.unseal(paper)
	if err != nil {
		return hub.Notice{}, hub.Service{}, err
	}
	if n.Climb.Task.Returns, err = r.unsealReturns(returns); err != nil {
		return hub.Notice{}, hub.Service{}, err
	}
	return n, r.service(paper.Facts), nil
}

// Notices lists the notices of the organisations in which the principal may read them.
// Errors: unauthorized, forbidden, validation.
func (r *Reader) Notices(ctx context.Context, p access.Principal, q NoticeQuery) (NoticePage, error) {
	d, err := access.May(p, access.NoticeRead)
	if err != nil {
		return NoticePage{}, err
	}
	w, limit, err := q.walk()
	if err != nil {
		return NoticePage{}, err
	}
	w.Submitters, w.NotFor = access.Where(p, access.NoticeRead), p.PersonID()
	var papers []Paper
	var page NoticePage
	err = r.store.ReadAs(ctx, p, func(v View) error {
		ids, next, err := r.find(ctx, v, w, q.ServiceStatus, limit)
		if err != nil {
			return err
		}
		page.Next = next
		if papers, err = v.Submitted(ctx, ids); err != nil {
			return err
		}
		return r.note(ctx, v, p, d, access.NoticeRead, hub.ID{}, len(papers),
			idsOf(papers, func(p Paper) hub.ID { return p.Notice.ID })...)
	})
	if err != nil {
		return NoticePage{}, err
	}
	page.Items = make([]NoticeItem, len(papers))
	for i, paper := range papers {
		n, err := r.unseal(listed(paper))
		if err != nil {
			return NoticePage{}, err
		}
		page.Items[i] = NoticeItem{Notice: n, Service: r.service(paper.Facts)}
	}
	return page, nil
}

// listed is a paper as a list shows it: without its body; of a restricted case also without what it is about.
func listed(p Paper) Paper {
	p.Sealed.Body = nil
	if p.Notice.Case.Restricted {
		p.Sealed.Subject, p.Sealed.CaseSubject = nil, nil
	}
	return p
}

// find walks until it has a page of notices in the wanted service status ("": any), or has walked far enough.
func (r *Reader) find(ctx context.Context, v View, w Walk, want hub.ServiceStatus, limit int) ([]hub.ID, string, error) {
	ids := make([]hub.ID, 0, limit)
	w.Limit = limit + 1
	if want != "" || w.Delivery != "" {
		w.Limit = walkStep
	}
	for range walkSteps {
		standings, err := v.Walk(ctx, w)
		if err != nil {
			return nil, "", err
		}
		for _, s := range standings {
			if !s.Fits || want != "" && r.service(s.Facts).Status != want {
				continue
			}
			if len(ids) == limit { // there is one more
				return ids, noticeMark(ids[limit-1]), nil
			}
			ids = append(ids, s.Notice)
		}
		if len(standings) < w.Limit {
			return ids, "", nil
		}
		w.Before = standings[len(standings)-1].Notice
	}
	return ids, noticeMark(w.Before), nil
}

// waitsFor reports whether p is the addressee of a paper and has not opened it. Then no other road leads to it.
func waitsFor(p access.Principal, paper Paper) bool {
	return !p.PersonID().IsZero() && paper.Notice.Recipient == p.PersonID() && paper.Notice.OpenedAt.IsZero()
}

func (q NoticeQuery) walk() (Walk, int, error) {
	var problems hub.Problems
	checkText("/case_number", q.CaseNumber, longestCaseNumber, &problems)
	checkText("/reference", q.Reference, longestReference, &problems)
	if q.DeliveryStatus != "" && !q.DeliveryStatus.Valid() {
		problems.Add("/delivery_status", "invalid", "no such status")
	}
	if q.ServiceStatus != "" && !q.ServiceStatus.Valid() {
		problems.Add("/service_status", "invalid", "no such status")
	}
	number := hub.ParseCaseNumber(q.CaseNumber).Normalised
	if q.CaseNumber != "" && number == "" {
		problems.Add("/case_number", "invalid", "has no digits or letters")
	}
	w := Walk{
		Before: readNoticeMark(q.After, &problems), CaseNumber: number,
		Reference: q.Reference, Delivery: q.DeliveryStatus,
	}
	limit := checkLimit(q.Limit, &problems)
	if w.Delivery == "" && q.ServiceStatus == hub.ServiceCancelled {
		w.Delivery = hub.DeliveryCancelled // who is withdrawn has a delivery that says so, which an index finds
	}
	return w, limit, problems.Err()
}
