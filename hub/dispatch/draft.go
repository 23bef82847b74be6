package dispatch

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"eblagh/hub"
)

// How long a draft waits, and how many of one submitter.
const (
	draftLife     = 7 * 24 * time.Hour
	maxDrafts     = 20_000
	expiringBatch = 500
)

// ErrEased says that papers of this kind of author do not wait at this organisation, or not any more.
var ErrEased = errors.New("papers do not wait here")

// Drafting is what one call brings in where papers wait for a second pair of eyes.
type Drafting struct {
	Submitter hub.ID
	Author    hub.ID
	AuthorKey bool
	Replaces  hub.ID // a returned draft of the author's; zero: none
	Most      int    // that may wait
	Papers    []DraftedPaper
}

// DraftedPaper is one paper, judged good and sealed.
type DraftedPaper struct {
	Draft   hub.Draft // without state
	PaperCT []byte
	Docs    []hub.ID
	CaseKey string // the normalised number
	// Restricted says that the paper names a kind of case that is.
	Restricted bool
	Request    []byte
	Life       time.Duration
	Until      time.Time // when the paper itself is too late; zero: never
}

// Drafted is what the store made of one DraftedPaper.
type Drafted struct {
	Draft hub.Draft // the new one, the one of the same call, or the one that waits with the reference
	New   bool
	Same  bool // of the same call
}

// SealedDraft is a draft with its paper sealed, nil once it is not open.
type SealedDraft struct {
	hub.Draft
	Restricted bool // of a restricted case
	Assigned   bool // who asks is assigned to that
	PaperCT    []byte
	Request    []byte
}

// drafts reports whether these papers wait for a second pair of eyes.
func (s *submission) drafts() bool {
	return s.approves.Draft.IsZero() && (!s.replaces.IsZero() || s.resolved.Submitter.Waits(s.actor.Kind == hub.ActorKey))
}

// findDrafts asks, where papers wait, which drafts the same call has made before: they were judged then, and time has
// passed since.
func (s *submission) findDrafts(ctx context.Context) error {
	var requests [][]byte
	for i := range s.items {
		if s.items[i].request != nil {
			requests = append(requests, s.items[i].request)
		}
	}
	if len(requests) == 0 || !s.drafts() {
		return nil
	}
	var err error
	if s.drafted, err = s.d.store.DraftsOf(ctx, s.actor.ID, requests); err != nil {
		return fmt.Errorf("find drafts: %w", err)
	}
	return nil
}

// draft keeps what was judged good until another person approves it. Nothing is due, and nobody hears of it.
func (s *submission) draft(ctx context.Context) error {
	if len(s.intake.Papers) > 0 {
		in := Drafting{Submitter: s.submitter, Author: s.actor.ID, AuthorKey: s.actor.Kind == hub.ActorKey, Replaces: s.replaces,
			Most: maxDrafts, Papers: make([]DraftedPaper, len(s.intake.Papers))}
		for row, a := range s.intake.Papers {
			var err error
			if in.Papers[row], err = s.sealDraft(a); err != nil {
				return err
			}
		}
		drafted, err := s.d.store.AddDrafts(ctx, in)
		if errors.Is(err, ErrEased) {
			return s.accept(ctx) // switched off this moment, by two people
		}
		if err != nil {
			return fmt.Errorf("keep drafts: %w", err)
		}
		for row, drafted := range drafted {
			s.settleDraft(s.index[row], drafted)
		}
	}
	s.answerTwins()
	return nil
}

func (s *submission) settleDraft(i int, d Drafted) {
	if d.New || d.Same {
		s.results[i] = Result{Draft: d.Draft, Warnings: s.warnings(i), Replayed: d.Same}
		return
	}
	s.results[i].Err = duplicate(hub.ID{})
	s.results[i].Err.Detail, s.results[i].Err.Draft = "a draft with this reference waits already", d.Draft.ID
}

func (s *submission) sealDraft(a AcceptPaper) (DraftedPaper, error) {
	p := a.Paper
	d := hub.Draft{ID: s.d.newID(), Submitter: s.submitter, Author: s.actor.ID, AuthorKey: s.actor.Kind == hub.ActorKey,
		Reference: p.Reference, Kind: p.Kind, Priority: p.Priority, CaseNumber: hub.ParseCaseNumber(p.Case.Number).Typed,
		Branch: a.Case.Branch, Recipient: a.Recipient, Client: a.OnBehalfOf, Corrects: a.Corrects, Replaces: s.replaces}
	plain, err := json.Marshal(p.toDraft())
	if err != nil {
		return DraftedPaper{}, fmt.Errorf("write a draft: %w", err)
	}
	restricted, _ := s.d.cases.Kind(p.Case.Kind)
	return DraftedPaper{Draft: d, CaseKey: a.Case.Number, Restricted: restricted, Docs: p.Documents, Request: a.Request, Life: draftLife, Until: p.ExpiresAt,
		PaperCT: s.d.vault.Seal(plain, "drafts.paper:"+d.ID.String())}, nil
}

// toDraft is the paper as a draft keeps it; fromDraft gives it back.
func (p Paper) toDraft() hub.DraftPaper {
	return hub.DraftPaper{Case: hub.DraftCase(p.Case), Capacity: p.Capacity, Addressee: hub.DraftAddressee(p.Addressee),
		For: hub.DraftAddressee(p.For), Subject: p.Subject, Body: p.Body, Documents: p.Documents, Channels: p.Channels,
		NotBefore: p.NotBefore, ExpiresAt: p.ExpiresAt, HearingAt: p.HearingAt}
}

func fromDraft(d hub.Draft, p hub.DraftPaper) Paper {
	return Paper{Reference: d.Reference, Kind: d.Kind, Priority: d.Priority, Case: PaperCase(p.Case), Capacity: p.Capacity,
		Addressee: Addressee(p.Addressee), For: Addressee(p.For), Subject: p.Subject, Body: p.Body, Documents: p.Documents,
		Channels: p.Channels, NotBefore: p.NotBefore, ExpiresAt: p.ExpiresAt, HearingAt: p.HearingAt}
}

// openDraft gives the paper of an open draft.
func (d *Dispatcher) openDraft(s SealedDraft) (Paper, error) {
	plain, err := d.vault.Open(s.PaperCT, "drafts.paper:"+s.ID.String())
	if err != nil {
		return Paper{}, fmt.Errorf("draft %s: %w", s.ID, err)
	}
	var p hub.DraftPaper
	if err := json.Unmarshal(plain, &p); err != nil {
		return Paper{}, fmt.Errorf("draft %s: %w", s.ID, err)
	}
	return fromDraft(s.Draft, p), nil
}

// expireDrafts erases what nobody decided in time. The author finds the draft as expired.
func (d *Dispatcher) expireDrafts(ctx context.Context) error {
	for {
		n, err := d.store.ExpireDrafts(ctx, expiringBatch)
		if err != nil {
			return fmt.Errorf("expire drafts: %w", err)
		}
		if n < expiringBatch {
			return nil
		}
	}
}
