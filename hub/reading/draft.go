package reading

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"

	"eblagh/hub"
	"eblagh/hub/access"
)

// DraftQuery asks for a page of the drafts of one's own organisations.
type DraftQuery struct {
	State hub.DraftState // "": what waits
	Mine  bool           // only those that the principal made
	After string         // the Next of the page before
	Limit int            // 1 to MaxLimit; 0: DefaultLimit
}

// DraftPage is a page of drafts, without what they say: what waits, urgent ones first and then by age; all else, newest
// first. Next is empty on the last.
type DraftPage struct {
	Items []hub.Draft
	Next  string
}

// OpenDraft is a draft with all that it says, as it will be served. Paper and people are there only while it is open.
type OpenDraft struct {
	hub.Draft
	Paper     hub.DraftPaper
	Branch    hub.BranchRef
	Documents []hub.Document
	Addressee DraftPerson
	Client    DraftPerson // for whom counsel is to be served; zero: the addressee is meant
	Author    DraftPerson // zero: a system
	Decider   DraftPerson // who returned it; zero: nobody
}

// DraftPerson is a person of a draft. NationalID is that of those whom it is for.
type DraftPerson struct {
	ID         hub.ID
	Name       string
	NationalID string
}

// DraftWalk chooses drafts.
type DraftWalk struct {
	Organisations []hub.ID
	State         hub.DraftState
	Author        hub.ID // zero: anybody's
	After         DraftMark
	Limit         int
}

// DraftMark is a place in a list of drafts: behind this one.
type DraftMark struct {
	Rank  int // 0: urgent
	Draft hub.ID
}

// SealedDraft is a draft with everything sealed.
type SealedDraft struct {
	Draft      hub.Draft
	Branch     string
	Restricted bool // of a restricted case
	Assigned   bool // the principal is assigned to that
	Paper      []byte
	Reason     []byte
	Documents  []SealedDocument
	People     []SealedRecipient // those of the draft; the national id is there for whom it is for
}

// Drafts lists drafts. What is addressed to the principal is left out, unless they made it. Errors: unauthorized,
// forbidden, validation.
func (r *Reader) Drafts(ctx context.Context, p access.Principal, q DraftQuery) (DraftPage, error) {
	d, err := access.May(p, access.DraftRead)
	if err != nil {
		return DraftPage{}, err
	}
	w, limit, err := q.walk()
	if err != nil {
		return DraftPage{}, err
	}
	w.Organisations = access.Where(p, access.DraftRead)
	if q.Mine {
		w.Author = p.ID
	}
	page := DraftPage{}
	err = r.store.ReadAs(ctx, p, func(v View) error {
		if page.Items, err = v.Drafts(ctx, w); err != nil {
			return err
		}
		return r.note(ctx, v, p, d, access.DraftRead, hub.ID{}, min(len(page.Items), limit))
	})
	if err != nil {
		return DraftPage{}, err
	}
	if len(page.Items) > limit { // there is one more
		page.Items = page.Items[:limit]
		page.Next = draftMark(w.State, page.Items[limit-1])
	}
	return page, nil
}

func (q DraftQuery) walk() (DraftWalk, int, error) {
	var problems hub.Problems
	w := DraftWalk{State: q.State}
	if w.State == "" {
		w.State = hub.DraftWaiting
	}
	if !slices.Contains(hub.DraftStates, w.State) {
		problems.Add("/state", "invalid", "no such state")
	}
	w.After = readDraftMark(q.After, w.State, &problems)
	limit := checkLimit(q.Limit, &problems)
	w.Limit = limit + 1
	return w, limit, problems.Err()
}

// Draft is one draft with all that it says. Errors: unauthorized, forbidden, and not-found for other organisations' and
// for what is addressed to the principal, unless they made it.
func (r *Reader) Draft(ctx context.Context, p access.Principal, id hub.ID) (OpenDraft, error) {
	if _, err := access.May(p, access.DraftRead); err != nil {
		return OpenDraft{}, err
	}
	var sealed SealedDraft
	err := r.store.ReadAs(ctx, p, func(v View) (err error) {
		if sealed, err = v.Draft(ctx, id); err != nil {
			return err
		}
		return r.noteDraft(ctx, v, p, sealed, id)
	})
	if err != nil {
		return OpenDraft{}, err
	}
	return r.unsealDraft(sealed)
}

// DraftDocument is one document of an open draft, with its bytes. Errors: as Draft's, and not-found for a document that is
// not of this draft.
func (r *Reader) DraftDocument(ctx context.Context, p access.Principal, id, document hub.ID) (hub.Document, []byte, error) {
	if _, err := access.May(p, access.DraftRead); err != nil {
		return hub.Document{}, nil, err
	}
	var sealed SealedDocument
	err := r.store.ReadAs(ctx, p, func(v View) error {
		draft, err := v.Draft(ctx, id)
		if err != nil {
			return err
		}
		at := slices.IndexFunc(draft.Documents, func(d SealedDocument) bool { return d.Document.ID == document })
		if at < 0 {
			return hub.ErrNotFound
		}
		sealed = draft.Documents[at]
		return r.noteDraft(ctx, v, p, draft, document)
	})
	if err != nil {
		return hub.Document{}, nil, err
	}
	doc, err := r.unsealDocument(sealed)
	if err != nil {
		return hub.Document{}, nil, err
	}
	bytes, err := r.bytes.Bytes(ctx, doc) // after the look was committed: what is not recorded is not shown
	return doc, bytes, err
}

// noteDraft decides on a draft, and records the look at it or at one of its documents.
func (r *Reader) noteDraft(ctx context.Context, v View, p access.Principal, s SealedDraft, object hub.ID) error {
	d, err := access.Decide(p, access.DraftRead, access.Object{Organisation: s.Draft.Submitter, Author: s.Draft.Author,
		Restricted: s.Restricted, Assigned: s.Assigned})
	if err == nil && s.Draft.Recipient == p.PersonID() && s.Draft.Author != p.ID {
		err = hub.ErrNotFound
	}
	if err != nil {
		return err
	}
	return r.note(ctx, v, p, d, access.DraftRead, object, 1)
}

func (r *Reader) unsealDraft(s SealedDraft) (OpenDraft, error) {
	out := OpenDraft{Draft: s.Draft, Branch: hub.BranchRef{ID: s.Draft.Branch, Name: s.Branch}}
	id := s.Draft.ID.String()
	var err error
	if out.Reason, err = r.vault.OpenText(s.Reason, "drafts.reason:"+id); err != nil {
		return OpenDraft{}, fmt.Errorf("draft %s: %w", id, err)
	}
	paper, err := r.vault.OpenText(s.Paper, "drafts.paper:"+id)
	if err != nil {
		return OpenDraft{}, fmt.Errorf("draft %s: %w", id, err)
	}
	if paper != "" {
		if err := json.Unmarshal([]byte(paper), &out.Paper); err != nil {
			return OpenDraft{}, fmt.Errorf("draft %s: %w", id, err)
		}
	}
	for _, d := range s.Documents {
		doc, err := r.unsealDocument(d)
		if err != nil {
			return OpenDraft{}, err
		}
		out.Documents = append(out.Documents, doc)
	}
	for _, person := range s.People {
		named, err := r.unsealDraftPerson(person)
		if err != nil {
			return OpenDraft{}, err
		}
		for who, at := range map[hub.ID]*DraftPerson{s.Draft.Recipient: &out.Addressee, s.Draft.Client: &out.Client,
			s.Draft.Author: &out.Author, s.Draft.DecidedBy: &out.Decider} {
			if who == person.ID {
				*at = named
			}
		}
	}
	return out, nil
}

func (r *Reader) unsealDraftPerson(s SealedRecipient) (DraftPerson, error) {
	out, id := DraftPerson{ID: s.ID}, s.ID.String()
	var err error
	text := func(ct []byte, context string) (plain string) {
		if err == nil {
			plain, err = r.vault.OpenText(ct, context+id)
		}
		return plain
	}
	out.NationalID = text(s.NationalID, "persons.national_id:")
	given, family, name := text(s.GivenName, "persons.given_name:"), text(s.FamilyName, "persons.family_name:"), text(s.Name, "persons.name:")
	if out.Name = name; out.Name == "" {
		out.Name = given + " " + family
	}
	if err != nil {
		return DraftPerson{}, fmt.Errorf("person %s: %w", id, err)
	}
	return out, nil
}

// draftMark makes the opaque "after" that continues a list of drafts behind one.
func draftMark(state hub.DraftState, d hub.Draft) string {
	b := []byte{markDraft, byte(slices.Index(hub.DraftStates, state)), byte(draftRank(d.Priority))}
	return base64.RawURLEncoding.EncodeToString(append(b, d.ID[:]...))
}

// readDraftMark notes a problem at /after when the mark is not one of a list of drafts in this state.
func readDraftMark(after string, state hub.DraftState, problems *hub.Problems) DraftMark {
	b, ok := readMark(after, markDraft, 2+len(hub.ID{}), problems)
	if !ok {
		return DraftMark{}
	}
	if int(b[0]) != slices.Index(hub.DraftStates, state) || b[1] > 2 {
		refuseMark(problems)
		return DraftMark{}
	}
	return DraftMark{Rank: int(b[1]), Draft: hub.ID(b[2:])}
}

// draftRank orders what waits: urgent, normal, bulk.
func draftRank(p hub.Priority) int {
	return slices.Index([]hub.Priority{hub.PriorityUrgent, hub.PriorityNormal, hub.PriorityBulk}, p)
}
