package ledger

import (
	"fmt"
	"strings"
	"time"
)

// Outcome is how a check ended.
type Outcome string

// The outcomes. What is absent was neither proved nor disproved: the bundle or the caller did not bring it.
const (
	OK     Outcome = "ok"
	Failed Outcome = "failed"
	Absent Outcome = "absent"
)

// Step is what a check is about.
type Step string

// The steps of Verify, in its order.
const (
	StepBundle      Step = "bundle"      // its bytes are those that were issued
	StepKeys        Step = "keys"        // the history of the log's keys
	StepCheckpoint  Step = "checkpoint"  // the signature over the head of the log
	StepReceipt     Step = "receipt"     // a receipt is the one that its commitment was made for
	StepInclusion   Step = "inclusion"   // the log holds the receipt
	StepDocuments   Step = "documents"   // the digests are those that the receipts carry
	StepDocument    Step = "document"    // a document that the caller has
	StepConsistency Step = "consistency" // the log extends a checkpoint that the caller holds
	StepTimestamp   Step = "timestamp"   // an authority attests that the checkpoint existed
)

// Check is one thing that was looked at.
type Check struct {
	Step    Step    `json:"step"`
	Of      string  `json:"of,omitempty"` // which one: a receipt's id, a document's digest
	Outcome Outcome `json:"outcome"`
	Detail  string  `json:"detail"` // in plain words
}

// Verdict is what Verify found.
type Verdict struct {
	Checks     []Check
	Checkpoint Checkpoint // zero when its signature does not hold
	Receipts   []Receipt  // those that hold, as far as they are shown, in the order of the log
	Stamps     []Stamp    // those that hold
}

// Stamp is a timestamp that holds.
type Stamp struct {
	Time      time.Time
	Authority string // who signed it
	Size      int64  // of the log that it covers
}

// OK reports whether nothing failed, and the checkpoint and at least one receipt hold.
func (v Verdict) OK() bool {
	for _, c := range v.Checks {
		if c.Outcome == Failed {
			return false
		}
	}
	return v.Checkpoint.N > 0 && len(v.Receipts) > 0
}

// Failures lists what failed.
func (v Verdict) Failures() []Check {
	var failed []Check
	for _, c := range v.Checks {
		if c.Outcome == Failed {
			failed = append(failed, c)
		}
	}
	return failed
}

// String tells the verdict, a line per check.
func (v Verdict) String() string {
	var b strings.Builder
	for _, c := range v.Checks {
		fmt.Fprintf(&b, "%-6s  %s", c.Outcome, c.Step)
		if c.Of != "" {
			b.WriteString(" " + c.Of)
		}
		b.WriteString(": " + c.Detail + "\n")
	}
	return b.String()
}

func (v *Verdict) add(outcome Outcome, step Step, of, format string, args ...any) {
	v.Checks = append(v.Checks, Check{step, of, outcome, fmt.Sprintf(format, args...)})
}
