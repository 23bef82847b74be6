package api

import (
	"encoding/json"
	"net/http"
	"reflect"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"eblagh/hub"
	"eblagh/hub/dispatch"
	"eblagh/hub/reading"
)

// Draft is a paper that waits, or waited, for a second pair of eyes.
type Draft struct {
	ID          string         `json:"id" format:"uuid"`
	Object      string         `json:"object" enum:"draft"`
	State       string         `json:"state" enum:"waiting,returned,approved,withdrawn,replaced,expired"`
	Means       string         `json:"means" doc:"what that means, for people"`
	Reference   string         `json:"reference"`
	Kind        string         `json:"kind"`
	Priority    string         `json:"priority"`
	CaseNumber  string         `json:"case_number"`
	RecipientID string         `json:"recipient_id" format:"uuid"`
	Corrects    string         `json:"corrects,omitempty" format:"uuid" doc:"the notice that it is to correct"`
	Replaces    string         `json:"replaces,omitempty" format:"uuid" doc:"the returned draft in whose place it came"`
	ReplacedBy  string         `json:"replaced_by,omitempty" format:"uuid"`
	NoticeID    string         `json:"notice_id,omitempty" format:"uuid" doc:"approved: what it became"`
	MadeBy      Maker          `json:"made_by"`
	CreatedAt   time.Time      `json:"created_at"`
	ExpiresAt   time.Time      `json:"expires_at" doc:"erased, when nobody decides by then"`
	DecidedBy   string         `json:"decided_by,omitempty" format:"uuid"`
	DecidedAt   *time.Time     `json:"decided_at,omitempty"`
	Reason      string         `json:"reason,omitempty" doc:"why it was returned; where the draft is read by itself"`
	Paper       *DraftPaper    `json:"paper,omitempty" doc:"what it says, while it is open; where the draft is read by itself"`
	Warnings    []FieldWarning `json:"warnings,omitempty" doc:"what was accepted and should be looked at; on submission only"`
}

// Maker is who made a draft.
type Maker struct {
	ID   string `json:"id" format:"uuid"`
	Kind string `json:"kind" enum:"person,key"`
	Name string `json:"name,omitempty"`
}

// DraftPaper is what a draft says.
type DraftPaper struct {
	Case      DraftCase     `json:"case"`
	Capacity  string        `json:"capacity"`
	Addressee DraftPerson   `json:"addressee"`
	OnBehalf  *DraftPerson  `json:"on_behalf_of,omitempty"`
	Subject   string        `json:"subject"`
	Body      string        `json:"body,omitempty"`
	Documents []Document    `json:"documents"`
	Channels  []hub.Channel `json:"channels" enum:"inbox,sms,live"`
	NotBefore *time.Time    `json:"not_before,omitempty"`
	ExpiresAt *time.Time    `json:"expires_at,omitempty"`
	HearingAt *time.Time    `json:"hearing_at,omitempty"`
}

// DraftCase is the case of a draft: it need not exist yet.
type DraftCase struct {
	Number        string        `json:"number"`
	ArchiveNumber string        `json:"archive_number,omitempty"`
	Branch        hub.BranchRef `json:"branch"`
	Subject       string        `json:"subject,omitempty"`
	Kind          string        `json:"kind,omitempty" doc:"of the case"`
}

// DraftPerson is whom a draft is for.
type DraftPerson struct {
	RecipientID string `json:"recipient_id" format:"uuid"`
	NationalID  string `json:"national_id,omitempty"`
	Name        string `json:"name,omitempty"`
}

func draftMeans(s hub.DraftState) string {
	return map[hub.DraftState]string{
		hub.DraftWaiting:   "accepted as a draft: it is no notice, and serves nobody, until another person of the organisation approves it",
		hub.DraftReturned:  "returned to its author: it serves nobody",
		hub.DraftApproved:  "it became a notice",
		hub.DraftWithdrawn: "withdrawn by its author and erased: it serves nobody",
		hub.DraftReplaced:  "replaced by another draft of its author and erased: it serves nobody",
		hub.DraftExpired:   "nobody decided in time; it was erased and serves nobody",
	}[s]
}

func viewDraft(d hub.Draft) Draft {
	maker := Maker{ID: d.Author.String(), Kind: "person"}
	if d.AuthorKey {
		maker.Kind = "key"
	}
	return Draft{ID: d.ID.String(), Object: "draft", State: string(d.State), Means: draftMeans(d.State), Reference: d.Reference,
		Kind: string(d.Kind), Priority: string(d.Priority), CaseNumber: d.CaseNumber, RecipientID: d.Recipient.String(),
		Corrects: idText(d.Corrects), Replaces: idText(d.Replaces), ReplacedBy: idText(d.ReplacedBy), NoticeID: idText(d.Notice),
		MadeBy: maker, CreatedAt: d.CreatedAt.UTC(), ExpiresAt: d.ExpiresAt.UTC(), DecidedBy: idText(d.DecidedBy),
		DecidedAt: moment(d.DecidedAt), Reason: d.Reason}
}

// viewNewDraft shows what was just kept, or kept earlier by the same call.
func viewNewDraft(r dispatch.Result) Draft {
	view := viewDraft(r.Draft)
	view.Warnings = viewWarnings(r.Warnings)
	return view
}

func viewOpenDraft(d reading.OpenDraft) Draft {
	view := viewDraft(d.Draft)
	view.MadeBy.Name = d.Author.Name
	if !d.State.Open() {
		return view
	}
	p := d.Paper
	view.Paper = &DraftPaper{
		Case: DraftCase{p.Case.Number, p.Case.ArchiveNumber, d.Branch, p.Case.Subject, p.Case.Kind}, Capacity: string(p.Capacity),
		Addressee: DraftPerson{d.Recipient.String(), d.Addressee.NationalID, d.Addressee.Name}, Subject: p.Subject, Body: p.Body,
		Documents: viewDocuments(d.Documents), Channels: p.Channels, NotBefore: moment(p.NotBefore), ExpiresAt: moment(p.ExpiresAt),
		HearingAt: moment(p.HearingAt),
	}
	if !d.Draft.Client.IsZero() {
		view.Paper.OnBehalf = &DraftPerson{d.Draft.Client.String(), d.Client.NationalID, d.Client.Name}
	}
	return view
}

// submitted answers a call that takes a paper in: 201 with a notice, or 202 with a draft.
type submitted struct {
	Status   int
	Location string `header:"Location"`
	Body     Submitted
}

// Submitted is a notice or a draft. It cannot hold both.
type Submitted struct{ shown any }

// MarshalJSON writes the one that it is.
func (s Submitted) MarshalJSON() ([]byte, error) { return json.Marshal(s.shown) }

// Schema implements huma.SchemaProvider: of a 201. A 202 is documented beside.
func (Submitted) Schema(r huma.Registry) *huma.Schema {
	return r.Schema(reflect.TypeFor[Notice](), true, "")
}

func (a *api) viewSubmitted(r dispatch.Result) *submitted {
	if !r.Draft.ID.IsZero() {
		view := viewNewDraft(r)
		return &submitted{http.StatusAccepted, "/v1/drafts/" + view.ID, Submitted{view}}
	}
	view := a.viewResult(r)
	return &submitted{http.StatusCreated, "/v1/notices/" + view.ID, Submitted{view}}
}
