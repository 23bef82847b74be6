package audit

import (
	"time"

	"golang.org/x/mod/sumdb/tlog"
)

// Phase is a part of an audit.
type Phase string

// The phases, in their order.
const (
	PhaseLog          Phase = "log"
	PhaseReceipts     Phase = "receipts"
	PhaseArrivals     Phase = "arrivals"
	PhaseOpenings     Phase = "openings"
	PhaseNotices      Phase = "notices"
	PhaseDocuments    Phase = "documents"
	PhaseCertificates Phase = "certificates"
	PhaseTrail        Phase = "trail"
	PhaseDone         Phase = "done"
)

// phases lists what Run does, in order.
var phases = []Phase{PhaseLog, PhaseReceipts, PhaseArrivals, PhaseOpenings, PhaseNotices, PhaseDocuments, PhaseCertificates,
	PhaseTrail}

// State is where an audit stands: enough to take it up again, and, once it is done, the checkpoint that the next one
// holds the database against. Keep it where whoever can write the database cannot.
type State struct {
	Form       int       `json:"form"`
	Checkpoint string    `json:"checkpoint"` // up to which this audit looks; signed
	Phase      Phase     `json:"phase"`
	Index      int64     `json:"index,omitempty"`     // log: the next entry
	Root       tlog.Hash `json:"root"`                // log: of the entries before it, as they were found
	After      string    `json:"after,omitempty"`     // rows: the last key that was looked at
	Cursor     int64     `json:"cursor,omitempty"`    // arrivals: the cursor beside it
	FirstHour  time.Time `json:"first_hour,omitzero"` // trail: the first hour that was sealed
	Hour       time.Time `json:"hour,omitzero"`       // trail: the last one that was looked at
	Detached   time.Time `json:"detached,omitzero"`   // trail: what is before was taken out
	Held       []string  `json:"held,omitempty"`      // checkpoints of audits before, newest last
	Report     *Report   `json:"report,omitempty"`    // so far
}

// stateForm is the version of State.
const stateForm = 1

// heldMost bounds the checkpoints that a state keeps.
const heldMost = 50
