package dispatch

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"

	"eblagh/hub"
)

// lookup gathers what the papers point at, each thing once.
func (s *submission) lookup() Lookup {
	l := Lookup{Submitter: s.submitter, Key: s.ride()}
	for _, it := range s.items {
		if !it.paper.Case.Branch.IsZero() {
			l.Branches = append(l.Branches, it.paper.Case.Branch)
		}
		if !it.person.IsZero() {
			l.NationalID = append(l.NationalID, it.person)
		}
		if !it.client.IsZero() {
			l.NationalID = append(l.NationalID, it.client)
		}
		for _, id := range []hub.ID{it.paper.Addressee.Recipient, it.paper.For.Recipient} {
			if !id.IsZero() {
				l.Recipients = append(l.Recipients, id)
			}
		}
		if len(it.paper.Documents) <= maxDocuments {
			l.Documents = append(l.Documents, it.paper.Documents...)
		}
		if !it.caseKey.Branch.IsZero() && it.textIsGood("/case/number") {
			l.Cases = append(l.Cases, it.caseKey)
		}
		if it.textIsGood("/reference") {
			l.References = append(l.References, it.paper.Reference)
		}
	}
	l.Branches, l.Recipients, l.Documents = unique(l.Branches), unique(l.Recipients), unique(l.Documents)
	l.Cases, l.References = unique(l.Cases), unique(l.References)
	return l
}

// textIsGood reports whether the field can be asked of the store at all.
func (it item) textIsGood(pointer string) bool {
	return !slices.ContainsFunc(it.problems, func(f hub.Field) bool { return f.Pointer == pointer })
}

func unique[T comparable](items []T) []T {
	seen := make(map[T]struct{}, len(items))
	return slices.DeleteFunc(items, func(item T) bool {
		_, again := seen[item]
		seen[item] = struct{}{}
		return again
	})
}

// judge decides on each paper with what the store knows: refused, a repetition, or part of the intake.
func (s *submission) judge() {
	s.intake = Intake{Submitter: s.submitter, Actor: s.actor, Approves: s.approves, Papers: make([]AcceptPaper, 0, len(s.items)), Key: s.ride()}
	claimed, cases := map[string]int{}, map[CaseKey]int{}
	for i := range s.items {
		it := &s.items[i]
		if draft, again := s.drafted[string(it.request)]; again {
			s.results[i] = Result{Draft: draft, Warnings: s.warnings(i), Replayed: true}
			continue
		}
		taken := s.resolved.References[it.paper.Reference]
		if taken.is(it.request) {
			// Judged when it was first brought: time has passed since, and must not turn the answer.
			s.replays[i] = taken.Notice
			continue
		}
		if s.results[i].Err = s.refusal(it); s.results[i].Err != nil {
			continue
		}
		if !taken.Notice.IsZero() {
			s.results[i].Err = duplicate(taken.Notice)
			continue
		}
		if first, again := claimed[it.paper.Reference]; again {
			s.twins[i] = first
			continue
		}
		claimed[it.paper.Reference] = i
		s.addCase(it, cases)
		s.intake.Papers = append(s.intake.Papers, s.seal(it))
		s.index = append(s.index, i)
	}
}

// refusal gives every problem of a paper at once, or that its addressee cannot be served here.
func (s *submission) refusal(it *item) *hub.Error {
	now := s.resolved.Now
	if branch := it.paper.Case.Branch; !branch.IsZero() {
		known, ok := s.resolved.Branches[branch]
		if !ok || known.Kind != hub.OrganisationBranch || !known.DisabledAt.IsZero() {
			it.problems.Add("/case/branch_id", "unknown", "there is no such branch in use")
		}
	}
	if len(it.paper.Documents) <= maxDocuments {
		for n, id := range it.paper.Documents {
			if _, ok := s.resolved.Documents[id]; !ok && !id.IsZero() {
				it.problems.Add(fmt.Sprintf("/documents/%d", n), "unknown", "there is no such document of yours")
			}
		}
	}
	if !it.paper.ExpiresAt.IsZero() && !it.paper.ExpiresAt.After(now) {
		it.problems.Add("/expires_at", "past", "this time is over")
	}
	if to := s.person(it).ID; !s.corrects.Notice.IsZero() && !to.IsZero() && to != s.corrects.Recipient {
		it.problems.Add("/addressee", "differs", "a correction goes to the addressee of the notice that it corrects")
	}
	if it.paper.For != (Addressee{}) && !s.counsel[s.counselKey(it)] {
		it.problems.Add("/on_behalf_of", "no_power", "the addressee has no power of attorney to be served for them in this case")
	}
	if len(it.problems) > 0 {
		return &hub.Error{Code: hub.CodeValidation, Detail: "some fields are not right", Fields: it.problems}
	}
	if !s.person(it).Activated {
		return &hub.Error{Code: hub.CodeNotEnrolled, Detail: "the addressee is not enrolled; an office can enrol them",
			Fields: []hub.Field{{Pointer: "/addressee", Code: "not_enrolled", Detail: "nobody enrolled by this"}}}
	}
	return nil
}

func (s *submission) person(it *item) Person {
	if !it.person.IsZero() {
		return s.resolved.byNationalID(it.person)
	}
	return s.resolved.Recipients[it.paper.Addressee.Recipient]
}

// addCase notes a case that is new, or that this paper knows more of than the store does.
func (s *submission) addCase(it *item, noted map[CaseKey]int) {
	if _, again := noted[it.caseKey]; again {
		return
	}
	known, exists := s.resolved.Cases[it.caseKey]
	archive, subject := it.paper.Case.ArchiveNumber, it.paper.Case.Subject
	kind := it.paper.Case.Kind
	restricted, _ := s.d.cases.Kind(kind)
	news := archive != "" && known.ArchiveNumber == "" || subject != "" && !known.Subject ||
		kind != "" && kind != generalCase && known.Kind == generalCase
	if exists && !news {
		return
	}
	c := AcceptCase{ID: known.ID, Key: it.caseKey, Typed: hub.ParseCaseNumber(it.paper.Case.Number).Typed,
		ArchiveNumber: archive, Kind: kind, Restricted: restricted, Known: exists}
	if !exists {
		c.ID = s.d.newID()
	}
	c.SubjectCT = s.d.vault.SealText(subject, "cases.subject:"+c.ID.String())
	noted[it.caseKey] = len(s.intake.Cases)
	s.intake.Cases = append(s.intake.Cases, c)
}

// seal makes a paper ready to be stored: ids, ciphertext, digests.
func (s *submission) seal(it *item) AcceptPaper {
	p := it.paper
	a := AcceptPaper{Notice: s.d.newID(), OnBehalfOf: s.client(it).ID, Receipt: s.d.newID(), Inbox: s.d.newID(), Case: it.caseKey,
		KnownCase: s.resolved.Cases[it.caseKey].ID, Paper: p, Recipient: s.person(it).ID, Request: it.request, Corrects: s.corrects.Notice}
	if s.approves.Request != nil {
		a.Request = s.approves.Request // so that the author's call, made again, finds what its draft became
	}
	if !p.ExpiresAt.IsZero() {
		a.Timer = s.d.newID()
	}
	if slices.Contains(p.Channels, hub.ChannelSMS) {
		a.SMS = s.d.newID()
	}
	a.AtOnce = s.atOnce(p)
	a.SubjectCT = s.d.vault.SealText(p.Subject, "notices.subject:"+a.Notice.String())
	a.BodyCT = s.d.vault.SealText(p.Body, "notices.body:"+a.Notice.String())
	a.Parts = Parts{Subject: digest(p.Subject), Documents: []string{}}
	if p.Body != "" {
		a.Parts.Body = digest(p.Body)
	}
	for _, id := range p.Documents {
		sum := s.resolved.Documents[id].SHA256
		a.Parts.Documents = append(a.Parts.Documents, hex.EncodeToString(sum[:]))
	}
	return a
}

// atOnce lets a paper that is in force arrive as it is accepted. A correction is left to the pump, whose locks come in
// another order: the arrival stops what is corrected.
func (s *submission) atOnce(p Paper) (c Consignment) {
	if s.d.queued || p.NotBefore.After(s.resolved.Now) || !s.corrects.Notice.IsZero() {
		return c
	}
	c.Receipt = s.d.newID()
	if c.Rung, c.Follows = s.d.ladder.First(p.Kind, p.Channels); c.Follows {
		c.Timer = s.d.newID()
	}
	return c
}

func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}
