// Package verdict says in plain words what a bundle proves. It reads the bundle, has hub/ledger verify it with the log's
// public key and whatever else the caller holds (documents, a certificate, an earlier checkpoint, the roots of timestamp
// authorities), and gives a report: one line per check, what failed by name, and what the notice's receipts say.
//
// It needs no network, no database and no instance: `eblagh verify` and the page for checking are both made of it.
package verdict

import (
	"slices"

	"golang.org/x/mod/sumdb/tlog"

	"eblagh/hub"
	"eblagh/hub/ledger"
)

// Steps that this package adds to those of hub/ledger.
const (
	StepBundle      ledger.Step = "bundle"      // the file is a bundle in its canonical bytes
	StepCertificate ledger.Step = "certificate" // the paper is one whose digest was sealed
)

// Result is the whole in one word.
type Result string

// The results.
const (
	Holds      Result = "holds"
	Failed     Result = "failed"
	Incomplete Result = "incomplete" // nothing failed, but something that was asked for could not be checked
)

// Request is what somebody wants checked, and what they hold.
type Request struct {
	Bundle      []byte
	Keys        ledger.Keys
	Documents   []ledger.Given
	Certificate []byte // the signed PDF; nil: none
	Checkpoint  string // an earlier one that the caller has kept; "": none
	Consistency tlog.TreeProof
	Timestamps  ledger.TimestampVerifier // nil: not asked for
}

// Report is what was found.
type Report struct {
	Result Result
	Notice hub.ID
	Checks []ledger.Check
	ledger.Verdict
}

// Of checks everything and stops at nothing.
func Of(q Request) Report {
	b, err := ledger.ParseBundle(q.Bundle)
	if err != nil {
		check := ledger.Check{Step: StepBundle, Outcome: ledger.Failed, Detail: err.Error()}
		return Report{Result: Failed, Checks: []ledger.Check{check}}
	}
	v := ledger.Verify(b, q.Keys, ledger.Options{
		Documents: q.Documents, Earlier: q.Checkpoint, EarlierProof: q.Consistency, Timestamps: q.Timestamps,
	})
	r := Report{Notice: b.Notice, Checks: slices.Clone(v.Checks), Verdict: v}
	if q.Certificate != nil {
		r.Checks = append(r.Checks, checkCertificate(q.Certificate, v.Receipts))
	}
	r.Result = r.conclude(q)
	return r
}

// conclude: whatever failed decides; then whatever was asked for and is not there.
func (r Report) conclude(q Request) Result {
	failed := func(c ledger.Check) bool { return c.Outcome == ledger.Failed }
	switch {
	case slices.ContainsFunc(r.Checks, failed), !r.OK():
		return Failed
	case len(r.missing(q)) > 0:
		return Incomplete
	}
	return Holds
}

// missing lists the steps that the caller asked for and that nothing answered.
func (r Report) missing(q Request) []ledger.Step {
	var steps []ledger.Step
	for step, asked := range map[ledger.Step]bool{
		ledger.StepConsistency: q.Checkpoint != "",
		ledger.StepTimestamp:   q.Timestamps != nil,
		StepCertificate:        q.Certificate != nil,
	} {
		answered := slices.ContainsFunc(r.Checks, func(c ledger.Check) bool { return c.Step == step && c.Outcome == ledger.OK })
		if asked && !answered {
			steps = append(steps, step)
		}
	}
	slices.Sort(steps)
	return steps
}

// event finds the first receipt of an event among those that hold.
func (r Report) event(e hub.Event) (ledger.Receipt, bool) {
	for _, receipt := range r.Receipts {
		if receipt.Event == e {
			return receipt, true
		}
	}
	return ledger.Receipt{}, false
}
