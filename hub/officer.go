package hub

import "time"

// TaskState is where an officer's task stands: open ─► taken ─► returned, or withdrawn before the return.
type TaskState string

// The states of a task.
const (
	TaskOpen      TaskState = "open"      // handed to the officers of a branch
	TaskTaken     TaskState = "taken"     // one of them carries the paper
	TaskReturned  TaskState = "returned"  // the officer reported
	TaskWithdrawn TaskState = "withdrawn" // no longer needed: opened in the inbox, or corrected
)

// Valid reports whether s is one of the states.
func (s TaskState) Valid() bool {
	return s == TaskOpen || s == TaskTaken || s == TaskReturned || s == TaskWithdrawn
}

// OfficerTask is a paper that an officer of a branch carries to its addressee (CPC 67–83).
type OfficerTask struct {
	ID           ID
	Notice       ID
	Organisation ID // whose officers do it
	Submitter    ID // of the notice
	Recipient    ID
	State        TaskState
	CreatedAt    time.Time // handed over: F.1
	DueAt        time.Time // when the return is expected (CPC 68)
	TakenBy      ID
	TakenAt      time.Time
	ReturnedAt   time.Time
	WithdrawnAt  time.Time
	Reason       Reason // why it was withdrawn
	Returns      []OfficerReturn
}

// PaperOutcome is what became of a paper that an officer carried.
type PaperOutcome string

// PaperOutcomes lists them, in the order that forms offer them.
var PaperOutcomes = []PaperOutcome{
	PaperToPerson, PaperToHousehold, PaperToManager, PaperToSecretariat, PaperRefused, PaperAffixed, PaperNotFound, PaperMoved,
}

// The outcomes.
const (
	PaperToPerson      PaperOutcome = "to_person"      // into the addressee's hands: CPC 68
	PaperToHousehold   PaperOutcome = "to_household"   // to a relative or servant at the address: CPC 69
	PaperToManager     PaperOutcome = "to_manager"     // of a legal person, its manager or signatory: CPC 76
	PaperToSecretariat PaperOutcome = "to_secretariat" // of a public body, the head of its secretariat: CPC 75
	PaperRefused       PaperOutcome = "refused"        // the person, or who was there, would not take it: CPC 68, 70
	PaperAffixed       PaperOutcome = "affixed"        // nobody was there; it was affixed at the address: CPC 70
	PaperNotFound      PaperOutcome = "not_found"      // the address is not theirs: CPC 72
	PaperMoved         PaperOutcome = "moved"          // they moved away: CPC 72
)

// Handed reports whether somebody took the paper.
func (o PaperOutcome) Handed() bool {
	return o == PaperToPerson || o == PaperToHousehold || o == PaperToManager || o == PaperToSecretariat
}

// Relation is how whoever received a paper stands to its addressee.
type Relation string

// Relations lists them, in the order that forms offer them.
var Relations = []Relation{
	"self", "spouse", "parent", "child", "sibling", "relative", "servant", "manager", "signatory", "secretariat_head", "other",
}

// Fits reports whether somebody so related can have received a paper with this outcome: relatives and servants for a
// household (CPC 69), managers and signatories for a legal person (CPC 76), the head of a secretariat (CPC 75).
func (r Relation) Fits(o PaperOutcome) bool {
	switch r {
	case "self":
		return o == PaperToPerson || o == PaperRefused
	case "spouse", "parent", "child", "sibling", "relative", "servant":
		return o == PaperToHousehold || o == PaperRefused
	case "manager", "signatory":
		return o == PaperToManager || o == PaperRefused
	case "secretariat_head":
		return o == PaperToSecretariat || o == PaperRefused
	case "other":
		return o == PaperRefused
	}
	return false
}

// OfficerReturn is an officer's report. It is final: a wrong one is answered by another that corrects it.
type OfficerReturn struct {
	ID        ID
	Task      ID
	Corrects  ID // zero: none
	Officer   ID
	Name      string // the officer's, where the reader may see it
	Outcome   PaperOutcome
	Relation  Relation // of who received it, or would not; "": nobody
	Receiver  string   // their name
	Place     string
	Note      string
	ServedAt  time.Time
	DateWords string // the day of ServedAt in full letters: CPC 82
	CreatedAt time.Time
}

// Carried is a task as an officer sees it: whom to bring what, and no word of what the paper says.
type Carried struct {
	Task          OfficerTask
	Cover         Cover
	Capacity      Capacity
	RecipientKind PersonKind
	Name          string // empty once the task is over
	Address       string // the same
	Documents     int    // how many there are to print
}
