package reading

import (
	"context"
	"strings"

	"eblagh/hub"
	"eblagh/hub/access"
)

// How far one call goes through a lawyer's powers of attorney.
const (
	heldStep    = 200
	heldSteps   = 25
	longestFind = 100
)

// HeldState chooses powers of attorney by whether they are in force.
type HeldState string

// The states; the zero HeldState is HeldAll.
const (
	HeldInForce HeldState = "in_force"
	HeldOver    HeldState = "over" // ended, or the term is over or has not begun
	HeldAll     HeldState = "all"
)

// HeldQuery asks for a page of a lawyer's own powers of attorney.
type HeldQuery struct {
	State HeldState
	Find  string // in the case's number or archive number, the client's name, or one's own reference; "": any
	After string // the Next of the page before; "": from the newest
	Limit int    // 1 to MaxLimit; 0: DefaultLimit
}

// HeldPage is a page, newest first. Next is empty on the last. A page that looks for something can be short, even empty,
// with a Next: it has gone as far as one call may.
type HeldPage struct {
	Items []Held
	Next  string
}

// Held is a power of attorney of the lawyer who asks. What came in the case shows while it is in force only.
type Held struct {
	Attorney  hub.Attorney
	Case      hub.Case // without its subject
	Branch    hub.Organisation
	Client    string
	Reference string // what the lawyer calls the case
	InForce   bool
	Newest    *hub.Cover // of what came for the client, or was served on the lawyer for them; nil: nothing shows
	Opened    bool       // the newest was
	Waiting   int        // of the ten newest, how many wait to be opened
}

// Held lists the powers of attorney that the principal holds or held.
// Errors: unauthorized, forbidden, validation.
func (r *Reader) Held(ctx context.Context, p access.Principal, q HeldQuery) (HeldPage, error) {
	d, err := access.Decide(p, access.AttorneyHold, access.Object{Person: p.PersonID()})
	if err != nil {
		return HeldPage{}, err
	}
	w, err := q.walk()
	if err != nil {
		return HeldPage{}, err
	}
	var page HeldPage
	err = r.store.ReadAs(ctx, p, func(v View) error {
		var err error
		if page, err = r.findHeld(ctx, v, w); err != nil {
			return err
		}
		if err := r.showComing(ctx, v, p, page.Items); err != nil {
			return err
		}
		return r.note(ctx, v, p, d, access.AttorneyHold, hub.ID{}, len(page.Items))
	})
	if err != nil {
		return HeldPage{}, err
	}
	return page, nil
}

// heldWalk is a HeldQuery in the hub's own form.
type heldWalk struct {
	state  HeldState
	find   string // folded
	number string // the same as a case's number
	before hub.ID
	limit  int
}

func (q HeldQuery) walk() (heldWalk, error) {
	var problems hub.Problems
	checkText("/find", q.Find, 4*longestFind, &problems)
	switch q.State {
	case "", HeldAll, HeldInForce, HeldOver:
	default:
		problems.Add("/state", "invalid", "must be in_force, over or all")
	}
	w := heldWalk{state: q.State, find: folded(q.Find), number: hub.ParseCaseNumber(q.Find).Normalised,
		before: readCaseMark(q.After, &problems), limit: checkLimit(q.Limit, &problems)}
	return w, problems.Err()
}

// folded is a text as it is looked for: without case, in one alphabet and one set of digits.
func folded(text string) string {
	return strings.ToLower(hub.FoldLetters(hub.FoldDigits(strings.Join(strings.Fields(text), " "))))
}

// findHeld walks until it has a page, or has walked far enough. Names and references are ciphertext: they are looked into
// here, for a lawyer has hundreds.
func (r *Reader) findHeld(ctx context.Context, v View, w heldWalk) (page HeldPage, err error) {
	for range heldSteps {
		rows, at, err := v.Held(ctx, w.before, heldStep)
		if err != nil {
			return HeldPage{}, err
		}
		for _, row := range rows {
			h, err := r.held(row)
			if err != nil {
				return HeldPage{}, err
			}
			h.InForce = h.Attorney.InForce(at)
			if !w.fits(h) {
				continue
			}
			if len(page.Items) == w.limit { // there is one more
				page.Next = caseMark(page.Items[w.limit-1].Attorney.ID)
				return page, nil
			}
			page.Items = append(page.Items, h)
		}
		if len(rows) < heldStep {
			return page, nil
		}
		w.before = rows[len(rows)-1].Attorney.ID
	}
	page.Next = caseMark(w.before)
	return page, nil
}

func (r *Reader) held(row HeldRow) (Held, error) {
	h := Held{Attorney: row.Attorney, Case: row.Case, Branch: row.Branch}
	var err error
	if h.Client, err = r.fullName(row.Client); err != nil {
		return Held{}, err
	}
	h.Reference, err = r.vault.OpenText(row.Reference, "attorney_references.reference:"+row.Attorney.ID.String())
	return h, err
}

func (w heldWalk) fits(h Held) bool {
	if w.state == HeldInForce && !h.InForce || w.state == HeldOver && h.InForce {
		return false
	}
	if w.find == "" {
		return true
	}
	for _, number := range []string{h.Case.Number, h.Case.ArchiveNumber} {
		if w.number != "" && strings.Contains(hub.ParseCaseNumber(number).Normalised, w.number) {
			return true
		}
	}
	return strings.Contains(folded(h.Client), w.find) || strings.Contains(folded(h.Reference), w.find)
}

// showComing adds what came last, of covers alone, with one read for the whole page.
func (r *Reader) showComing(ctx context.Context, v View, p access.Principal, items []Held) error {
	var cases []hub.ID
	for _, h := range items {
		if h.InForce {
			cases = append(cases, h.Attorney.Case)
		}
	}
	if len(cases) == 0 {
		return nil
	}
	counsel, err := v.Counsel(ctx, cases)
	if err != nil {
		return err
	}
	papers, err := v.CasePapers(ctx, NoticesOf{Cases: cases, Each: noticesListed})
	if err != nil {
		return err
	}
	for _, paper := range papers {
		n := paper.Notice
		mayRead := counsel.Of(n.Case.ID, n.Recipient).Scope.Reads()
		for i := range items {
			h := &items[i]
			ofClient := mayRead && n.Recipient == h.Attorney.Client
			served := n.Recipient == p.PersonID() && (n.OnBehalfOf.IsZero() || n.OnBehalfOf == h.Attorney.Client)
			if h.InForce && h.Attorney.Case == n.Case.ID && (ofClient || served) {
				h.show(r.cover(paper, ""), !n.OpenedAt.IsZero())
			}
		}
	}
	return nil
}

// show takes papers newest first.
func (h *Held) show(cover hub.Cover, opened bool) {
	if h.Newest == nil {
		h.Newest, h.Opened = &cover, opened
	}
	if !opened {
		h.Waiting++
	}
}
