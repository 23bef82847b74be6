package api

import (
	"time"

	"eblagh/hub"
)

// NewNotice is the body of POST /v1/notices, and an item of a batch.
type NewNotice struct {
	Reference string        `json:"reference" minLength:"1" maxLength:"200" doc:"the submitter's own; unique for ever"`
	Case      NewCase       `json:"case"`
	Kind      hub.Kind      `json:"kind" enum:"summons,hearing_notice,deficiency_notice,fee_notice,briefs_notice,expert_notice,petition,complaint,judgment,default_judgment,order,corrected_report,expert_opinion,declaration,execution_writ,interim_order,auction_notice,witness_summons,cassation_ruling,public_notice,other"`
	Capacity  hub.Capacity  `json:"capacity,omitempty" enum:"plaintiff,defendant,complainant,accused,witness,guarantor,expert,arbitrator,third_party,counsel,representative,debtor,creditor,other" doc:"the part that the addressee plays; other when not given"`
	Addressee Addressee     `json:"addressee" doc:"by one of the two"`
	OnBehalf  Addressee     `json:"on_behalf_of,omitzero" doc:"service on counsel: the client for whom the addressee is served. Needs a power of attorney in force in the case, with scope service or full, and capacity counsel"`
	Subject   string        `json:"subject" minLength:"1" maxLength:"500"`
	Body      string        `json:"body,omitempty" maxLength:"65536" doc:"at most 64 KB"`
	Documents []hub.ID      `json:"documents,omitempty" format:"uuid" maxItems:"20" doc:"ids of documents uploaded by the same submitter"`
	Channels  []hub.Channel `json:"channels,omitempty" enum:"inbox,sms,live" maxItems:"3" doc:"all three when not given; never without inbox"`
	NotBefore time.Time     `json:"not_before,omitzero" doc:"arrives then, not at once"`
	ExpiresAt time.Time     `json:"expires_at,omitzero" doc:"is withdrawn when it has not arrived by then"`
	HearingAt time.Time     `json:"hearing_at,omitzero"`
	Priority  hub.Priority  `json:"priority,omitempty" enum:"urgent,normal,bulk" doc:"normal when not given"`
}

// NewCase names the case of a new notice.
type NewCase struct {
	Number        string `json:"number" minLength:"1" maxLength:"100"`
	ArchiveNumber string `json:"archive_number,omitempty" maxLength:"100"`
	Kind          string `json:"kind,omitempty" maxLength:"40" doc:"of the case: general, civil, criminal, commercial, administrative, enforcement, family or minors; it decides whether the case is restricted and how long its papers are kept, and is said once"`
	BranchID      hub.ID `json:"branch_id,omitzero" format:"uuid" doc:"the branch that hears it; a branch may leave out its own"`
	Subject       string `json:"subject,omitempty" maxLength:"500"`
}

// Addressee names a recipient by one of the two.
type Addressee struct {
	NationalID  string `json:"national_id,omitempty"`
	RecipientID hub.ID `json:"recipient_id,omitzero" format:"uuid"`
}

// Notice is a notice as its submitter sees it.
type Notice struct {
	ID          string         `json:"id" format:"uuid"`
	Number      string         `json:"number" doc:"the Jalali year and fourteen digits"`
	Reference   string         `json:"reference"`
	Case        Case           `json:"case"`
	Kind        string         `json:"kind"`
	Addressee   ServedOn       `json:"addressee"`
	Subject     string         `json:"subject"`
	Body        string         `json:"body,omitempty"`
	Documents   []Document     `json:"documents"`
	Priority    string         `json:"priority"`
	Deliveries  []Delivery     `json:"deliveries"`
	Service     Service        `json:"service"`
	NotBefore   *time.Time     `json:"not_before,omitempty"`
	ExpiresAt   *time.Time     `json:"expires_at,omitempty"`
	HearingAt   *time.Time     `json:"hearing_at,omitempty"`
	ArrivedAt   *time.Time     `json:"arrived_at,omitempty"`
	OpenedAt    *time.Time     `json:"opened_at,omitempty"`
	Corrects    string         `json:"corrects,omitempty" format:"uuid" doc:"the notice that this one corrects"`
	CorrectedBy string         `json:"corrected_by,omitempty" format:"uuid" doc:"the notice that corrects this one"`
	CreatedAt   time.Time      `json:"created_at"`
	Ladder      *NoticeLadder  `json:"ladder,omitempty" doc:"how far the informing has come; where the notice is read by itself"`
	Warnings    []FieldWarning `json:"warnings,omitempty" doc:"what was accepted and should be looked at; on submission only"`
}

// Case is the case of a notice.
type Case struct {
	ID            string        `json:"id" format:"uuid"`
	Number        string        `json:"number" doc:"as it was typed"`
	ArchiveNumber string        `json:"archive_number,omitempty"`
	Branch        hub.BranchRef `json:"branch"`
	Subject       string        `json:"subject,omitempty"`
	Restricted    bool          `json:"restricted,omitempty" doc:"a family case, or one of minors: fewer see it, and lists tell less"`
}

// ServedOn is the addressee of a notice, by an id that is no personal datum.
type ServedOn struct {
	RecipientID string `json:"recipient_id" format:"uuid"`
	Capacity    string `json:"capacity"`
	OnBehalfOf  string `json:"on_behalf_of,omitempty" format:"uuid" doc:"the client, when counsel is served"`
}

// Delivery is one notice over one channel.
type Delivery struct {
	ID         string    `json:"id" format:"uuid"`
	Channel    string    `json:"channel" enum:"inbox,sms"`
	Status     string    `json:"status" enum:"pending,queued,sending,sent,delivered,failed,cancelled,expired,held,unknown"`
	Attempts   int       `json:"attempts"`
	LastReason string    `json:"last_reason,omitempty"`
	Replays    string    `json:"replays,omitempty" format:"uuid" doc:"the dead delivery in whose place this one came"`
	UpdatedAt  time.Time `json:"updated_at"`
}

// Service is where the law stands, with what it rests on.
type Service struct {
	Status      string     `json:"status" enum:"pending,constructive,actual,refused,lapsed,not_served,cancelled"`
	ServedAt    *time.Time `json:"served_at,omitempty"`
	Basis       string     `json:"basis,omitempty" doc:"the norm, and what it says of this"`
	Rule        string     `json:"rule"`
	RuleVersion string     `json:"rule_version"`
	DueDates    []DueDate  `json:"due_dates"`
}

// DueDate is the last day for something, with the count that led to it.
type DueDate struct {
	Matter        string   `json:"matter"`
	LastDay       string   `json:"last_day" format:"date"`
	LastDayJalali string   `json:"last_day_jalali"`
	Basis         string   `json:"basis"`
	Trace         []string `json:"trace"`
}

// FieldWarning is a field that was accepted and should be looked at.
type FieldWarning struct {
	Pointer string `json:"pointer"`
	Code    string `json:"code"`
	Detail  string `json:"detail,omitempty"`
}

func viewNotice(n hub.Notice, s hub.Service) Notice {
	out := Notice{
		ID: n.ID.String(), Number: n.Number, Reference: n.Reference, Case: viewCase(n), Kind: string(n.Kind),
		Addressee: ServedOn{n.Recipient.String(), string(n.Capacity), idText(n.OnBehalfOf)}, Subject: n.Subject, Body: n.Body,
		Documents: viewDocuments(n.Documents), Priority: string(n.Priority), Deliveries: make([]Delivery, len(n.Deliveries)),
		Service: viewService(s), NotBefore: moment(n.NotBefore), ExpiresAt: moment(n.ExpiresAt),
		HearingAt: moment(n.HearingAt), ArrivedAt: moment(n.ArrivedAt), OpenedAt: moment(n.OpenedAt),
		Corrects: idText(n.Corrects), CorrectedBy: idText(n.CorrectedBy), CreatedAt: n.CreatedAt.UTC(),
		Ladder: viewLadder(n.Climb),
	}
	for i, d := range n.Deliveries {
		out.Deliveries[i] = viewDelivery(d)
	}
	return out
}

func viewCase(n hub.Notice) Case {
	return Case{
		ID: n.Case.ID.String(), Number: n.Case.Number, ArchiveNumber: n.Case.ArchiveNumber, Subject: n.Case.Subject, Restricted: n.Case.Restricted,
		Branch: hub.BranchRef{ID: n.Branch.ID, Name: n.Branch.Name},
	}
}

func viewService(s hub.Service) Service {
	return Service{string(s.Status), moment(s.ServedAt), s.Basis, s.Rule, s.RuleVersion, []DueDate{}}
}

func viewWarnings(fields []hub.Field) []FieldWarning {
	out := make([]FieldWarning, len(fields))
	for i, f := range fields {
		out[i] = FieldWarning(f)
	}
	return out
}
