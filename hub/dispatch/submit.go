package dispatch

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"eblagh/hub"
	"eblagh/hub/access"
	"eblagh/hub/rules"
	"eblagh/hub/vault"
)

// Result is what became of one paper: a notice, or a refusal.
type Result struct {
	Notice   hub.Notice
	Draft    hub.Draft // not zero: the paper waits for a second pair of eyes, and there is no notice
	Warnings []hub.Field
	Replayed bool // the same call brought the paper before
	Err      *hub.Error
}

// Submit takes papers in. Each stands alone: its Result is a notice that is durable, or a refusal that names every
// wrong field. request is the SHA-256 that names an idempotent call, or nil: a reference that the same call has taken
// before is answered with its notice again. Where the organisation wants four eyes, papers become drafts: Result.Draft.
// Errors, for the call as a whole: unauthorized, forbidden, too-large,
// overloaded.
func (d *Dispatcher) Submit(ctx context.Context, p access.Principal, papers []Paper, request []byte) ([]Result, error) {
	s, err := d.submission(p, papers, request)
	if err != nil {
		return nil, err
	}
	return s.take(ctx)
}

// submission is a call whose papers are checked by themselves. Errors: the caller may not submit, or brings too many.
func (d *Dispatcher) submission(p access.Principal, papers []Paper, request []byte) (*submission, error) {
	decision, err := access.May(p, access.NoticeSubmit)
	if err != nil {
		return nil, err
	}
	if len(papers) > MaxPapers {
		return nil, hub.Refuse(hub.CodeTooLarge, fmt.Sprintf("at most %d papers at once", MaxPapers))
	}
	s := &submission{d: d, submitter: decision.Organisation, actor: p.ActorUnder(decision)}
	s.check(papers, decision.Role, request)
	return s, nil
}

// take takes in the papers that were checked by themselves.
func (s *submission) take(ctx context.Context) ([]Result, error) {
	if err := s.d.gate.Accepting(ctx); err != nil {
		return nil, err
	}
	var err error
	s.resolved, err = s.d.store.Resolve(ctx, s.lookup())
	if err != nil {
		return nil, fmt.Errorf("resolve papers: %w", err)
	}
	if s.resolved.KeyTaken {
		return nil, ErrKeyTaken
	}
	if s.resolved.Submitter.ID.IsZero() || !s.resolved.Submitter.DisabledAt.IsZero() {
		return nil, hub.Refuse(hub.CodeForbidden, "this organisation is not in use")
	}
	if err := s.findCounsel(ctx); err != nil {
		return nil, err
	}
	if err := s.findDrafts(ctx); err != nil {
		return nil, err
	}
	s.judge()
	keep := s.accept
	if s.drafts() {
		keep = s.draft
	}
	if err := keep(ctx); err != nil {
		return nil, err
	}
	if err := s.replay(ctx); err != nil {
		return nil, err
	}
	s.tell(ctx)
	return s.results, nil
}

// submission is one call on its way through: check, resolve, judge, accept, replay, tell.
type submission struct {
	d         *Dispatcher
	submitter hub.ID
	actor     hub.Actor
	corrects  Corrected // zero: nothing
	replaces  hub.ID    // the returned draft in whose place this one comes; zero: none
	approves  Approval  // zero: no draft
	key       *Key      // nil: none rides with the paper
	items     []item
	resolved  Resolved
	counsel   map[CounselKey]bool // who may be served for whom
	results   []Result

	replays map[int]hub.ID       // by index: the notice that the same call made before
	drafted map[string]hub.Draft // by request: the draft that the same call made before
	twins   map[int]int          // by index: the earlier paper of this call with the same reference
	intake  Intake
	index   []int // of each row of the intake
	arrived []Arrived
	kept    bool // the answer, with the paper
}

// item is one paper with what follows from it alone.
type item struct {
	paper    Paper
	problems hub.Problems
	request  []byte      // names this paper of this call
	person   vault.Blind // of the national id
	client   vault.Blind // the same, of the client when counsel is served
	caseKey  CaseKey     // zero branch: not known
}

func (s *submission) check(papers []Paper, role hub.Role, request []byte) {
	s.items, s.results = make([]item, len(papers)), make([]Result, len(papers))
	s.replays, s.twins = map[int]hub.ID{}, map[int]int{}
	for i, paper := range papers {
		it := item{paper: paper.withDefaults(), request: nameItem(request, i)}
		it.paper.check(&it.problems)
		if _, known := s.d.cases.Kind(paper.Case.Kind); !known {
			it.problems.Add("/case/kind", "unknown", "this is none of the kinds of case")
		}
		it.caseKey = CaseKey{Branch: paper.Case.Branch, Number: hub.ParseCaseNumber(paper.Case.Number).Normalised}
		switch {
		case !paper.Case.Branch.IsZero():
		case role.Organisation() == hub.OrganisationOffice:
			it.problems.Add("/case/branch_id", "required", "an office says which branch hears the case")
		default:
			it.caseKey.Branch = s.submitter
		}
		if id, _, err := hub.ParsePersonID(paper.Addressee.NationalID); err == nil {
			it.person = s.d.vault.Blind(vault.IndexNationalID, string(id))
		}
		if id, _, err := hub.ParsePersonID(paper.For.NationalID); err == nil {
			it.client = s.d.vault.Blind(vault.IndexNationalID, string(id))
		}
		s.items[i] = it
	}
}

// nameItem tells the papers of one call apart, so that two with one reference are not taken for a repetition.
func nameItem(request []byte, index int) []byte {
	if request == nil {
		return nil
	}
	sum := sha256.Sum256(binary.BigEndian.AppendUint32(append([]byte{}, request...), uint32(index)))
	return sum[:]
}

// replay answers papers that an earlier run of the same call brought in with the notices they became.
func (s *submission) replay(ctx context.Context) error {
	if len(s.replays) == 0 {
		return nil
	}
	ids := make([]hub.ID, 0, len(s.replays))
	for _, id := range s.replays {
		ids = append(ids, id)
	}
	stands, err := s.d.store.Accepted(ctx, ids)
	if err != nil {
		return fmt.Errorf("repeat the answer: %w", err)
	}
	for i, id := range s.replays {
		stand, ok := stands[id]
		if !ok {
			return errors.New("a reference names a notice that is not there")
		}
		s.results[i] = Result{Notice: s.again(i, stand), Warnings: s.warnings(i), Replayed: true}
	}
	return nil
}

// tell counts what was taken, nudges those whose papers have arrived, and wakes the pumps if something else is due at
// once. Whoever misses it finds the rows. That the caller has gone is no reason to tell nobody.
func (s *submission) tell(ctx context.Context) {
	count, now := map[hub.Priority]int{}, false
	for _, r := range s.results {
		if r.Err == nil && !r.Replayed && r.Draft.ID.IsZero() {
			count[r.Notice.Priority]++
			now = now || r.Notice.ArrivedAt.IsZero() && !r.Notice.NotBefore.After(r.Notice.CreatedAt)
		}
	}
	for priority, n := range count {
		s.d.meter.Accepted(priority, n)
	}
	s.d.tellArrived(context.WithoutCancel(ctx), s.arrived)
	if now {
		s.d.waker.Wake()
	}
}

// number makes a notice number: the Jalali year and fourteen digits.
func number(at time.Time, sequence int64) (string, error) {
	year := rules.JalaliYear(at)
	if year == 0 {
		return "", errors.New("the store's clock is in a year that no paper is dated with")
	}
	return fmt.Sprintf("%04d%014d", year, sequence), nil
}
