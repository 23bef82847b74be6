package dispatch

import (
	"fmt"
	"slices"
	"time"

	"eblagh/hub"
)

// MaxPapers is the most papers that one call may bring.
const MaxPapers = 5000

// Limits of one paper, in characters unless said otherwise.
const (
	maxReference = 200
	maxNumber    = 100
	maxSubject   = 500
	maxBody      = 64 << 10 // bytes
	maxDocuments = 20
)

// Paper is what a submitter hands over: POST /v1/notices.
type Paper struct {
	Reference string        `json:"reference"`
	Case      PaperCase     `json:"case"`
	Kind      hub.Kind      `json:"kind"`
	Capacity  hub.Capacity  `json:"capacity"` // empty: other
	Addressee Addressee     `json:"addressee"`
	For       Addressee     `json:"on_behalf_of"` // service on counsel: the client; zero: the addressee is meant
	Subject   string        `json:"subject"`
	Body      string        `json:"body"`
	Documents []hub.ID      `json:"documents"`
	Channels  []hub.Channel `json:"channels"` // nil: all of them
	NotBefore time.Time     `json:"not_before"`
	ExpiresAt time.Time     `json:"expires_at"`
	HearingAt time.Time     `json:"hearing_at"`
	Priority  hub.Priority  `json:"priority"` // empty: normal
}

// PaperCase names the case of a paper. An office says which branch hears it; a branch may leave its own out.
type PaperCase struct {
	Number        string `json:"number"`
	ArchiveNumber string `json:"archive_number"`
	Branch        hub.ID `json:"branch_id"`
	Subject       string `json:"subject"`
	Kind          string `json:"kind"` // of the case: a word of config/cases; empty: nobody says
}

// Addressee names the recipient by one of the two.
type Addressee struct {
	NationalID string `json:"national_id"`
	Recipient  hub.ID `json:"recipient_id"`
}

// withDefaults fills in what a submitter may leave out.
func (p Paper) withDefaults() Paper {
	if p.Channels == nil {
		p.Channels = []hub.Channel{hub.ChannelInbox, hub.ChannelSMS, hub.ChannelLive}
	}
	if p.Capacity == "" {
		p.Capacity = "other"
	}
	if p.Priority == "" {
		p.Priority = hub.PriorityNormal
	}
	return p
}

// check notes what is wrong with the paper by itself, without a look at the store.
func (p Paper) check(problems *hub.Problems) {
	checkText(problems, "/reference", p.Reference, line{1, maxReference})
	checkText(problems, "/case/number", p.Case.Number, line{1, maxNumber})
	checkText(problems, "/case/archive_number", p.Case.ArchiveNumber, line{0, maxNumber})
	checkText(problems, "/case/subject", p.Case.Subject, line{0, maxSubject})
	checkText(problems, "/subject", p.Subject, line{1, maxSubject})
	checkBody(problems, p.Body)
	p.checkWords(problems)
	p.checkAddressee(problems)
	p.checkFor(problems)
	p.checkDocuments(problems)
	p.checkChannels(problems)
	if p.Case.Number != "" && hub.ParseCaseNumber(p.Case.Number).Normalised == "" {
		problems.Add("/case/number", "invalid", "a case number has at least one digit or letter")
	}
	if !p.ExpiresAt.IsZero() && !p.NotBefore.IsZero() && !p.NotBefore.Before(p.ExpiresAt) {
		problems.Add("/expires_at", "order", "expires_at comes after not_before")
	}
}

func (p Paper) checkWords(problems *hub.Problems) {
	switch {
	case p.Kind == "":
		problems.Add("/kind", "required", "say what kind of paper this is")
	case !p.Kind.Valid():
		problems.Add("/kind", "unknown", "this is none of the kinds of paper")
	}
	if !p.Capacity.Valid() {
		problems.Add("/capacity", "unknown", "this is none of the capacities")
	}
	if !p.Priority.Valid() {
		problems.Add("/priority", "unknown", "priority is urgent, normal or bulk")
	}
}

func (p Paper) checkAddressee(problems *hub.Problems) {
	if p.Addressee == (Addressee{}) {
		problems.Add("/addressee", "required", "name the addressee by national_id or by recipient_id")
		return
	}
	p.Addressee.check(problems, "/addressee")
}

// checkFor: a paper served on counsel names the client, and says that the addressee is counsel.
func (p Paper) checkFor(problems *hub.Problems) {
	if p.For == (Addressee{}) {
		return
	}
	p.For.check(problems, "/on_behalf_of")
	if p.Capacity != hub.CapacityCounsel {
		problems.Add("/capacity", "counsel", "who is served on behalf of a client is served as counsel")
	}
}

func (a Addressee) check(problems *hub.Problems, pointer string) {
	if !a.Recipient.IsZero() && a.NationalID != "" {
		problems.Add(pointer, "ambiguous", "name a person by national_id or by recipient_id, not by both")
		return
	}
	if _, _, err := hub.ParsePersonID(a.NationalID); a.NationalID != "" && err != nil {
		problems.Add(pointer+"/national_id", "invalid", "the digits and the control digit do not agree")
	}
}

func (p Paper) checkDocuments(problems *hub.Problems) {
	if len(p.Documents) > maxDocuments {
		problems.Add("/documents", "too_many", fmt.Sprintf("a paper has at most %d documents", maxDocuments))
		return
	}
	for i, id := range p.Documents {
		pointer := fmt.Sprintf("/documents/%d", i)
		switch {
		case id.IsZero():
			problems.Add(pointer, "required", "name a document by its id")
		case slices.Contains(p.Documents[:i], id):
			problems.Add(pointer, "repeated", "this document is in the list already")
		}
	}
}

func (p Paper) checkChannels(problems *hub.Problems) {
	if !slices.Contains(p.Channels, hub.ChannelInbox) {
		problems.Add("/channels", "inbox_missing", "arrival in the inbox is service: it cannot be left out")
	}
	if len(p.Channels) > 3 {
		problems.Add("/channels", "too_many", "there are three channels")
		return
	}
	for i, ch := range p.Channels {
		pointer := fmt.Sprintf("/channels/%d", i)
		switch {
		case !ch.Valid():
			problems.Add(pointer, "unknown", "a channel is inbox, sms or live")
		case slices.Contains(p.Channels[:i], ch):
			problems.Add(pointer, "repeated", "this channel is in the list already")
		}
	}
}
