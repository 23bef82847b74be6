package reading

import (
	"context"
	"time"

	"eblagh/hub"
	"eblagh/hub/access"
	"eblagh/hub/ledger"
	"eblagh/hub/rules"
)

// Store shows the database as a principal sees it.
type Store interface {
	// ReadAs runs fn in one transaction on one snapshot, under row-level security as p. What fn notes commits with it;
	// an error from fn undoes that. Errors: fn's own; overloaded when the database is away.
	ReadAs(ctx context.Context, p access.Principal, fn func(View) error) error
	// HoldsInForce lists at most limit holds in force, newest first, whoever asks: that a hold keeps back one's own paper is
	// no secret, why it was set is the operators'.
	HoldsInForce(ctx context.Context, limit int) ([]hub.Hold, error)
}

// View is what one principal may see at one moment. It MUST NOT be used after the fn it was given to.
type View interface {
	InboxView
	NoticeView
	EvidenceView
	OfficerView
	LogView
	CertificateView
	CaseView
	DraftView
	TrailView
	// NoteAccess issues D.6 for each part, unless it has been issued for the same part, person and ground. It MUST issue
	// none for a paper that its addressee has not opened.
	NoteAccess(ctx context.Context, parts []Access) error
	// Note records a look.
	Note(ctx context.Context, look access.Look) error
}

// InboxView reads arrived papers as their addressee.
type InboxView interface {
	// Inbox lists what arrived for a recipient, newest first. Of papers not opened it gives no sealed content.
	Inbox(ctx context.Context, recipient hub.ID, f InboxFilter) ([]Paper, error)
	// Item is one arrived paper, as Inbox gives it. Errors: not-found.
	Item(ctx context.Context, recipient, notice hub.ID) (Paper, error)
	// Covers lists what arrived after a cursor, in ascending order, without sealed content.
	Covers(ctx context.Context, recipient hub.ID, after int64, limit int) ([]Paper, error)
	// OpenedDocument is a document of a notice that its addressee has opened, for the addressee and their counsel.
	// Errors: not-found.
	OpenedDocument(ctx context.Context, notice, document hub.ID) (SealedDocument, error)
}

// CaseView reads cases, as their parties, counsel and organisations.
type CaseView interface {
	// Cases lists cases that are the principal's: as a party, as counsel, or through one of f.Organisations.
	Cases(ctx context.Context, f CaseFilter) ([]CaseRow, error)
	// CasePapers lists papers of cases, newest first: what q.Organisations submitted, and what arrived for the principal
	// and for those whose counsel with the scope to read they are. Of papers that were not opened it gives no sealed
	// content, except to the submitter.
	CasePapers(ctx context.Context, q NoticesOf) ([]Paper, error)
	// Attorneys lists the powers of attorney of a case that the principal may see, newest first.
	Attorneys(ctx context.Context, matter hub.ID, limit int) ([]hub.Attorney, error)
	// Counsel tells by which powers of attorney the principal is counsel in these cases now.
	Counsel(ctx context.Context, cases []hub.ID) (Counsel, error)
	// Held lists the powers of attorney that the principal holds or held, newest first, with ids below a bound, and tells
	// the moment by which their terms are judged. Nobody but a lawyer who acts for themselves holds any.
	Held(ctx context.Context, before hub.ID, limit int) ([]HeldRow, time.Time, error)
	// Staff gives who works at the places of a case, and who has put a hold on it or somebody to work on it: to its clerks
	// and judges.
	Staff(ctx context.Context, matter hub.ID) ([]SealedStaff, error)
	// Names gives the names of those people whose names the principal may know.
	Names(ctx context.Context, people []hub.ID) ([]SealedName, error)
}

// SealedStaff is somebody at the places of a case, or a system of theirs.
type SealedStaff struct {
	SealedName
	System string // a system's name
	Works  bool   // may be put to work on the case
}

// HeldRow is a power of attorney of the principal, with what it says of its case.
type HeldRow struct {
	Attorney  hub.Attorney
	Case      hub.Case
	Branch    hub.Organisation
	Client    SealedName
	Reference []byte
}

// CaseFilter chooses a page of cases.
type CaseFilter struct {
	ID            hub.ID   // this one alone; zero: any
	Number        string   // normalised; "": any
	Organisations []hub.ID // whose cases show
	Before        hub.ID   // only ids below; zero: from the newest
	Limit         int
}

// CaseRow is a case with its subject sealed.
type CaseRow struct {
	Case         hub.Case
	Branch       hub.Organisation
	Subject      []byte
	Organisation hub.ID // of the filter's, to which it belongs; zero: none
	Party        bool   // the principal is a party
	Assigned     bool   // the principal is assigned to it
}

// NoticesOf chooses papers of cases, at most Each of one, with ids below Before.
type NoticesOf struct {
	Cases         []hub.ID
	Notices       []hub.ID // these alone, in any case; nil: those of Cases
	Organisations []hub.ID
	Before        hub.ID
	Each          int
}

// NoticeView reads notices as their submitter.
type NoticeView interface {
	// Walk goes over at most w.Limit notices, newest first, and tells what decides on their standing.
	Walk(ctx context.Context, w Walk) ([]Standing, error)
	// Submitted gives notices by id, newest first, with deliveries and documents. It leaves out those that are not of the
	// principal's organisations, and those that the principal has yet to open as their addressee.
	Submitted(ctx context.Context, notices []hub.ID) ([]Paper, error)
	// Climb tells how far the informing of a notice of the principal's organisations has come, with the returns of its
	// officer's task, oldest first.
	Climb(ctx context.Context, notice hub.ID) (hub.Climb, []SealedReturn, error)
}

// DraftView reads drafts of the principal's organisations. It leaves out what is addressed to the principal and made by
// somebody else.
type DraftView interface {
	// Drafts lists drafts as a walk chooses them: those that wait by rank and age, others newest first.
	Drafts(ctx context.Context, w DraftWalk) ([]hub.Draft, error)
	// Draft is one draft, with its people and documents while it is open. Errors: not-found.
	Draft(ctx context.Context, id hub.ID) (SealedDraft, error)
}

// OfficerView reads the papers that officers carry, of the principal's organisations. It leaves out what is addressed to
// the principal.
type OfficerView interface {
	// Tasks lists tasks, without returns.
	Tasks(ctx context.Context, w TaskWalk) ([]SealedTask, error)
	// TaskOf tells whose officers do a task. Errors: not-found.
	TaskOf(ctx context.Context, task hub.ID) (organisation hub.ID, err error)
	// Task is one task with its returns, oldest first. Errors: not-found.
	Task(ctx context.Context, task hub.ID) (SealedTask, error)
	// TaskPaper is the paper of a task that the principal carries. Errors: not-found.
	TaskPaper(ctx context.Context, task hub.ID) (Paper, error)
	// TaskDocument is a document of such a paper. Errors: not-found.
	TaskDocument(ctx context.Context, task, document hub.ID) (SealedDocument, error)
}

// CertificateView reads what a certificate says besides a paper's receipts.
type CertificateView interface {
	// Addressee is a person's names and number. Errors: not-found, also for who may not see them.
	Addressee(ctx context.Context, person hub.ID) (SealedRecipient, error)
}

// EvidenceView reads what happened, without any paper.
type EvidenceView interface {
	// Evidence lists the receipts of a notice in time order; none when there is no such notice.
	Evidence(ctx context.Context, notice hub.ID) ([]Evidence, error)
	// Lanes tells how deliveries under way stand, one per lane of hub.Lanes. Each figure is counted up to limit.
	Lanes(ctx context.Context, limit int) ([]LaneState, error)
	// Holds lists at most limit holds in force, newest first.
	Holds(ctx context.Context, limit int) ([]hub.Hold, error)
	// Tracked gives deliveries by id, or those of notices, newest first, each with its recipient.
	Tracked(ctx context.Context, deliveries, notices []hub.ID) ([]TrackedDelivery, error)
	// Dead lists deliveries below an id that failed or expired and were not replayed, newest first. Codes are left out.
	Dead(ctx context.Context, before hub.ID, limit int) ([]hub.ID, error)
	// Doubtful lists deliveries below an id that are unknown, newest first. Codes are left out.
	Doubtful(ctx context.Context, before hub.ID, limit int) ([]hub.ID, error)
	// Late lists deliveries of a lane that have been due for a minute or more, by submitter and time, after a mark.
	Late(ctx context.Context, lane hub.Lane, after LateMark, limit int) ([]LateMark, error)
}

// TrackedDelivery is a delivery as it is followed, and whose it is.
type TrackedDelivery struct {
	hub.Tracked
	Recipient hub.ID // zero: a code to nobody known
}

// LateMark is a place in the list of what is late: behind this delivery.
type LateMark struct {
	Submitter hub.ID
	Due       time.Time
	Delivery  hub.ID
}

// InboxFilter chooses a page of an inbox.
type InboxFilter struct {
	Before int64 // only cursors below; 0: from the newest
	State  State
	Limit  int
}

// Walk chooses notices to walk over.
type Walk struct {
	Submitters []hub.ID
	NotFor     hub.ID             // leave out what this person has to open first as its addressee
	Before     hub.ID             // only ids below; zero: from the newest
	CaseNumber string             // normalised; "": any
	Reference  string             // "": any
	Delivery   hub.DeliveryStatus // on any channel; "": any. It may only be told in Standing.Fits
	Limit      int
}

// TaskWalk chooses tasks.
type TaskWalk struct {
	Organisations []hub.ID
	States        []hub.TaskState
	Newest        bool   // newest first, not oldest
	After         hub.ID // only those that come after it; zero: from the first
	Limit         int
}

// SealedTask is a task with whom to go to sealed: nil once it is over.
type SealedTask struct {
	hub.Carried
	GivenName  []byte
	FamilyName []byte
	Name       []byte
	Address    []byte
	Returns    []SealedReturn
}

// SealedReturn is an officer's return with names and places sealed.
type SealedReturn struct {
	Return        hub.OfficerReturn
	Receiver      []byte
	Place         []byte
	Note          []byte
	OfficerGiven  []byte // nil when the reader may not see the officer
	OfficerFamily []byte
}

// Standing is a notice with the facts that decide on its service.
type Standing struct {
	Notice hub.ID
	Fits   bool // it has a delivery in the status that the walk looks for
	Facts  rules.Facts
}

// Paper is a notice as it lies at rest: Notice lacks subject, body and names, which are in Sealed.
type Paper struct {
	Notice   hub.Notice
	Sealed   Sealed
	Cursor   int64  // of its arrival; 0 before
	Language string // the addressee's
	Facts    rules.Facts
	Assigned bool // the principal is assigned to its case

	Addressee SealedName // where a query gives it
}

// SealedName is a person's name.
type SealedName struct {
	Person                      hub.ID
	GivenName, FamilyName, Name []byte
}

// Sealed is the ciphertext of a paper; all nil in a cover.
type Sealed struct {
	Subject     []byte
	Body        []byte
	CaseSubject []byte
	FileNames   [][]byte // one per document of the notice
}

// SealedRecipient is a person with everything personal sealed.
type SealedRecipient struct {
	ID         hub.ID
	Kind       hub.PersonKind
	NationalID []byte `db:"national_id_ct"`
	GivenName  []byte `db:"given_name_ct"`
	FamilyName []byte `db:"family_name_ct"`
	Name       []byte `db:"name_ct"`
}

// SealedDocument is a document with its name sealed.
type SealedDocument struct {
	Document  hub.Document
	FileName  []byte
	Recipient hub.ID // OpenedDocument: of the notice that it is read through
	Case      hub.ID // likewise
}

// Evidence is a receipt as it is sealed.
type Evidence struct{ ledger.Receipt }

// Vault opens what was sealed. *vault.Vault implements it.
type Vault interface {
	// OpenText opens ct under the context it was sealed in; nil gives "".
	OpenText(ct []byte, context string) (string, error)
}

// Bytes gives the bytes of a document that the caller was found to have a right to. It MUST check their digest.
type Bytes interface {
	Bytes(ctx context.Context, document hub.Document) ([]byte, error)
}
