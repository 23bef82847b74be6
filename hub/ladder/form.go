package ladder

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"eblagh/hub"
	"eblagh/hub/access"
	"eblagh/hub/rules"
)

// Limits of a form, in characters.
const (
	maxReceiver = 200
	maxPlace    = 500
	maxNote     = 1000
)

// Form is what an officer reports of a paper (CPC 67–83). The officer's own name comes from who is signed in.
type Form struct {
	Outcome  hub.PaperOutcome `json:"outcome"`
	Relation hub.Relation     `json:"relation"` // of who received it; self is filled in for to_person
	Receiver string           `json:"receiver"` // their name; not needed for the addressee in person
	Place    string           `json:"place"`
	ServedAt time.Time        `json:"served_at"`
	Note     string           `json:"note"`
	Corrects hub.ID           `json:"corrects"` // zero: the first return of the task
}

// Return keeps an officer's report on a task that they have taken, once; a further one corrects the latest. A task that
// was withdrawn while its officer was on the way still gets its return: what happened is evidence. request names the call
// over its retries, or is nil. Errors: validation naming the fields; wrong-state; and those of Take.
func (l *Ladder) Return(ctx context.Context, p access.Principal, task hub.ID, f Form, request []byte) (hub.OfficerReturn, error) {
	t, d, err := l.mine(ctx, p, task)
	if err != nil {
		return hub.OfficerReturn{}, err
	}
	if t.TakenBy.IsZero() || t.TakenBy != p.PersonID() && f.Corrects.IsZero() {
		return hub.OfficerReturn{}, hub.Refuse(hub.CodeWrongState, "only the officer who has taken this task returns it")
	}
	f = f.withDefaults()
	if err := f.check(t); err != nil {
		return hub.OfficerReturn{}, err
	}
	kept, err := l.store.Return(ctx, l.seal(t, f, p, d, request))
	if err != nil {
		return hub.OfficerReturn{}, fmt.Errorf("return: %w", err)
	}
	kept.Receiver, kept.Place, kept.Note = f.Receiver, f.Place, f.Note
	return kept, nil
}

func (f Form) withDefaults() Form {
	f.Receiver, f.Place, f.Note = strings.TrimSpace(f.Receiver), strings.TrimSpace(f.Place), strings.TrimSpace(f.Note)
	if f.Outcome == hub.PaperToPerson {
		f.Relation = cmp.Or(f.Relation, "self")
	}
	return f
}

// check names every field that is wrong.
func (f Form) check(t Tasked) error {
	var problems hub.Problems
	f.checkWho(t.RecipientKind, &problems)
	checkText(&problems, "/receiver", f.Receiver, maxReceiver, f.named())
	checkText(&problems, "/place", f.Place, maxPlace, true)
	checkText(&problems, "/note", f.Note, maxNote, false)
	switch {
	case f.ServedAt.IsZero():
		problems.Add("/served_at", "required", "this is needed")
	case f.ServedAt.After(t.Now):
		problems.Add("/served_at", "future", "this time has not come yet")
	case f.ServedAt.Before(t.CreatedAt.Truncate(time.Minute)): // people write minutes
		problems.Add("/served_at", "past", "this was before the paper was handed over")
	}
	return problems.Err()
}

// named reports whether the form needs the name of who received the paper, or would not take it.
func (f Form) named() bool { return f.Outcome.Handed() && f.Relation != "self" }

// checkWho holds outcome, relation and kind of addressee together.
func (f Form) checkWho(kind hub.PersonKind, problems *hub.Problems) {
	legal := kind == hub.PersonLegal
	switch {
	case f.Outcome == "":
		problems.Add("/outcome", "required", "say what became of the paper")
		return
	case !slices.Contains(hub.PaperOutcomes, f.Outcome):
		problems.Add("/outcome", "unknown", "this is none of the outcomes")
		return
	case legal && (f.Outcome == hub.PaperToPerson || f.Outcome == hub.PaperToHousehold):
		problems.Add("/outcome", "legal_person", "a legal person is served through its manager, signatory or secretariat")
	case !legal && (f.Outcome == hub.PaperToManager || f.Outcome == hub.PaperToSecretariat):
		problems.Add("/outcome", "natural_person", "a natural person has no manager or secretariat to serve")
	}
	needed := f.Outcome.Handed() || f.Outcome == hub.PaperRefused
	switch {
	case needed && f.Relation == "":
		problems.Add("/relation", "required", "say in what capacity they received or refused it")
	case f.Relation != "" && !slices.Contains(hub.Relations, f.Relation):
		problems.Add("/relation", "unknown", "this is none of the relations")
	case f.Relation != "" && !f.Relation.Fits(f.Outcome), f.Relation == "self" && legal:
		problems.Add("/relation", "mismatch", "this does not go with the outcome")
	case !needed && f.Receiver != "":
		problems.Add("/receiver", "mismatch", "nobody received it")
	}
}

func checkText(problems *hub.Problems, pointer, text string, most int, needed bool) {
	control := func(r rune) bool {
		return unicode.IsControl(r) && (r != '\n' && r != '\r' && r != '\t' || pointer != "/note")
	}
	switch {
	case needed && text == "":
		problems.Add(pointer, "required", "this is needed")
	case utf8.RuneCountInString(text) > most:
		problems.Add(pointer, "too_long", fmt.Sprintf("at most %d characters", most))
	case !utf8.ValidString(text):
		problems.Add(pointer, "invalid", "this is not UTF-8")
	case strings.ContainsFunc(text, control):
		problems.Add(pointer, "control_character", "control characters have no place here")
	}
}

// seal makes a form ready to be kept: the names of people and places as ciphertext, the day in full letters, and a digest
// that ties the sealed parts to the receipt.
func (l *Ladder) seal(t Tasked, f Form, p access.Principal, d access.Decision, request []byte) Returning {
	r := Returning{Receipt: l.newID(), Actor: p.ActorUnder(d), Request: request}
	r.OfficerReturn = hub.OfficerReturn{ID: l.newID(), Task: t.ID, Corrects: f.Corrects, Officer: p.PersonID(),
		Outcome: f.Outcome, Relation: f.Relation, ServedAt: f.ServedAt, DateWords: rules.JalaliWords(f.ServedAt)}
	context := r.ID.String()
	r.ReceiverCT = l.vault.SealText(f.Receiver, "officer_returns.receiver:"+context)
	r.PlaceCT = l.vault.SealText(f.Place, "officer_returns.place:"+context)
	r.NoteCT = l.vault.SealText(f.Note, "officer_returns.note:"+context)
	sum := sha256.New()
	for _, ct := range [][]byte{r.ReceiverCT, r.PlaceCT, r.NoteCT} {
		part := sha256.Sum256(ct)
		sum.Write(part[:])
	}
	r.Digest = hex.EncodeToString(sum.Sum(nil))
	return r
}
