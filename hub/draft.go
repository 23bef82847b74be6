package hub

import "time"

// DraftState is where a draft stands: waiting ─► approved, returned, withdrawn or expired; returned ─► replaced, withdrawn
// or expired.
type DraftState string

// The states of a draft.
const (
	DraftWaiting   DraftState = "waiting"   // for another person of the organisation
	DraftApproved  DraftState = "approved"  // it became a notice
	DraftReturned  DraftState = "returned"  // to its author, with a reason
	DraftWithdrawn DraftState = "withdrawn" // by its author
	DraftReplaced  DraftState = "replaced"  // by the paper that its author submitted in its place
	DraftExpired   DraftState = "expired"   // nobody decided in time
)

// DraftStates lists them, in the order that pages offer them.
var DraftStates = []DraftState{DraftWaiting, DraftReturned, DraftApproved, DraftWithdrawn, DraftReplaced, DraftExpired}

// Open reports whether something can still become of it. What is not open has no content any more.
func (s DraftState) Open() bool { return s == DraftWaiting || s == DraftReturned }

// Draft is a paper that waits for a second pair of eyes. It is no notice and serves nobody.
type Draft struct {
	ID         ID
	Submitter  ID
	Author     ID
	AuthorKey  bool // a system made it, else a person
	Reference  string
	Kind       Kind
	Priority   Priority
	CaseNumber string
	Branch     ID // which hears the case
	Recipient  ID
	Client     ID // for whom counsel is to be served; zero: the recipient is meant
	Corrects   ID
	Replaces   ID
	ReplacedBy ID
	State      DraftState
	Notice     ID     // approved: what it became
	Reason     string // returned: why; read by itself only
	CreatedAt  time.Time
	ExpiresAt  time.Time
	DecidedBy  ID
	DecidedAt  time.Time
}

// DraftPaper is what a draft says, as it is sealed.
type DraftPaper struct {
	Case      DraftCase      `json:"case"`
	Capacity  Capacity       `json:"capacity"`
	Addressee DraftAddressee `json:"addressee"`
	For       DraftAddressee `json:"on_behalf_of,omitzero"`
	Subject   string         `json:"subject"`
	Body      string         `json:"body,omitempty"`
	Documents []ID           `json:"documents,omitempty"`
	Channels  []Channel      `json:"channels"`
	NotBefore time.Time      `json:"not_before,omitzero"`
	ExpiresAt time.Time      `json:"expires_at,omitzero"`
	HearingAt time.Time      `json:"hearing_at,omitzero"`
}

// DraftCase names the case of a draft.
type DraftCase struct {
	Number        string `json:"number"`
	ArchiveNumber string `json:"archive_number,omitempty"`
	Branch        ID     `json:"branch_id,omitzero"` // zero: the submitter
	Subject       string `json:"subject,omitempty"`
	Kind          string `json:"kind,omitempty"` // of the case
}

// DraftAddressee is a person as the author named them.
type DraftAddressee struct {
	NationalID string `json:"national_id,omitempty"`
	Recipient  ID     `json:"recipient_id,omitzero"`
}

// FourEyes says which papers of an organisation wait for a second pair of eyes.
type FourEyes struct {
	Organisation ID
	Kind         OrganisationKind
	People       bool // what people submit
	Keys         bool // what systems submit; only together with People
	// Asked is an easing that another person has to agree to; zero: none.
	Asked FourEyesChange
}

// FourEyesChange asks for another state of FourEyes.
type FourEyesChange struct {
	ID           ID
	Organisation ID
	People, Keys bool
	By           ID
	At           time.Time
}

// Eases reports whether fewer papers would wait than now.
func (c FourEyesChange) Eases(now FourEyes) bool {
	return now.People && !c.People || now.Keys && !c.Keys
}
