package reading

import (
	"context"

	"eblagh/hub"
	"eblagh/hub/access"
)

// How much of each case a page shows.
const (
	noticesListed   = 10  // in a list of cases
	attorneysListed = 100 // of one case
)

// CaseQuery asks for a page of cases.
type CaseQuery struct {
	Number   string // in any digits, with or without separators; "": any
	After    string // the Next of the page before; "": from the newest
	Limit    int    // 1 to MaxLimit; 0: DefaultLimit
	Language string // of what opening means; "": the addressee's own
}

// CasePage is a page, the newest case first. Next is empty on the last.
type CasePage struct {
	Items []CaseItem
	Next  string
}

// CaseItem is a case with those of its papers that the principal may see, newest first.
type CaseItem struct {
	Case   hub.Case
	Branch hub.Organisation
	// Organisation is that of the principal by which the case is theirs to keep; zero: none.
	Organisation hub.ID
	Notices      []CaseNotice
	Next         string         // where the papers go on; "": these are all
	Attorneys    []hub.Attorney // of one case alone: those that the principal may see, newest first
	// Names are of the people of Attorneys, as far as the principal may know them.
	Names map[hub.ID]string
}

// CaseNotice is a paper of a case: its cover, and the notice where the principal may read it.
type CaseNotice struct {
	Cover     hub.Cover
	Notice    *hub.Notice
	Service   hub.Service
	Recipient hub.ID
	Client    string // the recipient's name, for their counsel
}

// Cases lists the cases in which the principal is a party, counsel, or at the branch or office of the case.
// Errors: unauthorized, forbidden, validation.
func (r *Reader) Cases(ctx context.Context, p access.Principal, q CaseQuery) (CasePage, error) {
	d, err := access.May(p, access.CaseRead)
	if err != nil {
		return CasePage{}, err
	}
	f, err := q.filter()
	if err != nil {
		return CasePage{}, err
	}
	f.Organisations = access.Where(p, access.CaseRead)
	shown := f.Limit
	f.Limit++ // one more tells whether there is a next page
	var page CasePage
	err = r.store.ReadAs(ctx, p, func(v View) error {
		page = CasePage{}
		cases, err := v.Cases(ctx, f)
		if err != nil {
			return err
		}
		if len(cases) > shown {
			cases = cases[:shown]
			page.Next = caseMark(cases[shown-1].Case.ID)
		}
		for i := range cases {
			if cases[i].Case.Restricted {
				cases[i].Subject = nil
			}
		}
		if page.Items, err = r.fill(ctx, v, p, cases, NoticesOf{Each: noticesListed}, q.Language); err != nil {
			return err
		}
		return r.note(ctx, v, p, d, access.CaseRead, hub.ID{}, len(cases), papersOf(page.Items)...)
	})
	if err != nil {
		return CasePage{}, err
	}
	return page, nil
}

// Case is one case with a page of its papers: After and Limit of the query are about those.
// Errors: unauthorized, forbidden, validation, not-found.
func (r *Reader) Case(ctx context.Context, p access.Principal, id hub.ID, q CaseQuery) (CaseItem, error) {
	if _, err := access.May(p, access.CaseRead); err != nil {
		return CaseItem{}, err
	}
	var problems hub.Problems
	ask := NoticesOf{Before: readNoticeMark(q.After, &problems), Each: checkLimit(q.Limit, &problems)}
	if err := problems.Err(); err != nil {
		return CaseItem{}, err
	}
	var item CaseItem
	err := r.store.ReadAs(ctx, p, func(v View) error {
		found, err := v.Cases(ctx, CaseFilter{ID: id, Organisations: access.Where(p, access.CaseRead), Limit: 1})
		if err != nil {
			return err
		}
		if len(found) == 0 {
			return hub.ErrNotFound
		}
		d, err := r.decideOnCase(ctx, v, p, found[0])
		if err != nil {
			return err
		}
		items, err := r.fill(ctx, v, p, found, ask, q.Language)
		if err != nil {
			return err
		}
		item = items[0]
		if item.Attorneys, err = v.Attorneys(ctx, id, attorneysListed); err != nil {
			return err
		}
		if item.Names, err = r.names(ctx, v, item.Attorneys); err != nil {
			return err
		}
		return r.note(ctx, v, p, d, access.CaseRead, id, 1, papersOf(items)...)
	})
	if err != nil {
		return CaseItem{}, err
	}
	return item, nil
}

// decideOnCase finds the relation by which the principal may see a case.
func (r *Reader) decideOnCase(ctx context.Context, v View, p access.Principal, c CaseRow) (access.Decision, error) {
	counsel, err := counselIn(ctx, v, p, c.Case.ID)
	if err != nil {
		return access.Decision{}, err
	}
	objects := []access.Object{{Organisation: c.Organisation, Restricted: c.Case.Restricted, Assigned: c.Assigned}}
	if c.Party {
		objects = append(objects, access.Object{Person: p.Addressee(), Restricted: c.Case.Restricted})
	}
	for _, a := range counsel.Attorneys {
		objects = append(objects, access.Object{Person: a.Client, Attorney: a, At: counsel.At})
	}
	for _, o := range objects {
		if d, err := access.Decide(p, access.CaseRead, o); err == nil {
			return d, nil
		}
	}
	return access.Decision{}, hub.ErrNotFound
}

// fill brings cases their papers: one read for all of them.
func (r *Reader) fill(ctx context.Context, v View, p access.Principal, cases []CaseRow, ask NoticesOf, language string) ([]CaseItem, error) {
	items, at := make([]CaseItem, len(cases)), map[hub.ID]int{}
	for i, c := range cases {
		items[i] = CaseItem{Case: c.Case, Branch: c.Branch, Organisation: c.Organisation}
		at[c.Case.ID] = i
		ask.Cases = append(ask.Cases, c.Case.ID)
		var err error
		items[i].Case.Subject, err = r.vault.OpenText(c.Subject, "cases.subject:"+c.Case.ID.String())
		if err != nil {
			return nil, err
		}
	}
	counsel, err := counselIn(ctx, v, p, ask.Cases...)
	if err != nil {
		return nil, err
	}
	each := ask.Each
	ask.Each++ // one more tells whether there are more
	ask.Organisations = access.Where(p, access.NoticeRead)
	papers, err := v.CasePapers(ctx, ask)
	if err != nil {
		return nil, err
	}
	for _, paper := range papers {
		item := &items[at[paper.Notice.Case.ID]]
		if len(item.Notices) == each {
			item.Next = noticeMark(item.Notices[each-1].Cover.ID)
			continue
		}
		shown, err := r.inCase(ctx, v, p, counsel, paper, language)
		if err != nil {
			return nil, err
		}
		if shown != nil {
			item.Notices = append(item.Notices, *shown)
		}
	}
	return items, nil
}

// inCase is what the principal may see of a paper in its case: the notice, its cover, or nothing.
func (r *Reader) inCase(ctx context.Context, v View, p access.Principal, counsel Counsel, paper Paper, language string) (*CaseNotice, error) {
	n := paper.Notice
	object := counsel.objectOf(paper)
	out := &CaseNotice{Cover: r.cover(paper, language), Service: r.service(paper.Facts), Recipient: n.Recipient}
	d, err := access.Decide(p, access.NoticeRead, object)
	if err != nil || waitsFor(p, paper) {
		if d, err = access.Decide(p, access.InboxRead, object); err == nil && n.OpenedAt.IsZero() {
			return out, nil
		}
	}
	switch {
	case err == nil:
		full, err := r.unseal(listed(paper))
		if err != nil {
			return nil, err
		}
		full.Body, out.Notice = "", &full
		if err := r.track(ctx, v, p, d, partsOf(paper)...); err != nil {
			return nil, err
		}
	case !object.Attorney.Scope.Reads(): // neither addressee, nor submitter, nor counsel who may read
		return nil, nil
	}
	if !object.Attorney.ID.IsZero() && !n.Case.Restricted {
		out.Client, err = r.fullName(paper.Addressee)
	} else {
		err = nil
	}
	return out, err
}

// names gives the names of lawyers and clients.
func (r *Reader) names(ctx context.Context, v View, attorneys []hub.Attorney) (map[hub.ID]string, error) {
	var people []hub.ID
	for _, a := range attorneys {
		people = append(people, a.Lawyer, a.Client)
	}
	if len(people) == 0 {
		return nil, nil
	}
	sealed, err := v.Names(ctx, people)
	if err != nil {
		return nil, err
	}
	names := make(map[hub.ID]string, len(sealed))
	for _, s := range sealed {
		if names[s.Person], err = r.fullName(s); err != nil {
			return nil, err
		}
	}
	return names, nil
}

// fullName opens a person's name.
func (r *Reader) fullName(s SealedName) (string, error) {
	name := ""
	for _, part := range []struct {
		ct    []byte
		field string
	}{{s.Name, "name"}, {s.GivenName, "given_name"}, {s.FamilyName, "family_name"}} {
		text, err := r.vault.OpenText(part.ct, "persons."+part.field+":"+s.Person.String())
		if err != nil {
			return "", err
		}
		if name != "" && text != "" {
			name += " "
		}
		name += text
	}
	return name, nil
}

func (q CaseQuery) filter() (CaseFilter, error) {
	var problems hub.Problems
	checkText("/number", q.Number, longestCaseNumber, &problems)
	f := CaseFilter{Before: readCaseMark(q.After, &problems), Limit: checkLimit(q.Limit, &problems),
		Number: hub.ParseCaseNumber(q.Number).Normalised}
	if q.Number != "" && f.Number == "" {
		problems.Add("/number", "invalid", "has no digits or letters")
	}
	return f, problems.Err()
}

// papersOf lists the papers that cases show.
func papersOf(cases []CaseItem) []hub.ID {
	var out []hub.ID
	for _, c := range cases {
		for _, n := range c.Notices {
			out = append(out, n.Cover.ID)
		}
	}
	return out
}
