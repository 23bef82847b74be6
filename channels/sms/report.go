package sms

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"time"

	"eblagh/hub"
)

const (
	reportBatch  = 500
	reportGather = 20 * time.Millisecond // so that reports go in batches, and seldom before the outcome of their attempt
	reportTries  = 5                     // then the next look at the file finds them
	lookEvery    = 10 * time.Second
	reportFor    = time.Hour // older texts are not reported any more: the hub has closed them
	mostOpen     = 100_000   // texts without report that a look remembers
)

// Run reports texts until ctx ends. A report may be lost when the process dies; so Run also looks through the file, at
// the start and now and then, for texts of the last hour that nobody reported, whichever process sent them. Reports may
// therefore come twice, as they do from real providers.
func (s *Sandbox) Run(ctx context.Context) {
	if s.o.Report == nil {
		return
	}
	open := unreported{tail: tail{path: s.o.Path}, since: map[string]entry{}}
	defer open.tail.close()
	look := time.NewTimer(0)
	defer look.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case e := <-s.due:
			s.report(ctx, s.gather(ctx, e))
		case <-look.C:
			for batch := range slices.Chunk(open.overdue(s.o.Clock(), s.o.Settle, s.behaviour), reportBatch) {
				s.report(ctx, batch)
			}
			look.Reset(min(lookEvery, s.o.Settle))
		}
	}
}

// expect puts a text where Run reports it; when there is no place, the next look at the file finds it.
func (s *Sandbox) expect(e entry) {
	if b := s.behaviour(e.Mobile); s.o.Report == nil || b.Report == "" || b.After > 0 {
		return
	}
	select {
	case s.due <- e:
	default:
	}
}

func (s *Sandbox) gather(ctx context.Context, first entry) []entry {
	batch := []entry{first}
	for timer := time.After(reportGather); len(batch) < reportBatch; {
		select {
		case e := <-s.due:
			batch = append(batch, e)
		case <-timer:
			return batch
		case <-ctx.Done():
			return batch
		}
	}
	return batch
}

// report tells of texts, and notes in the file that it did.
func (s *Sandbox) report(ctx context.Context, batch []entry) {
	reports := make([]hub.Report, len(batch))
	var lines []byte
	for i, e := range batch {
		note := entry{At: s.o.Clock(), MessageID: e.MessageID, Report: s.behaviour(e.Mobile).Report}
		reason := hub.ReasonNone
		if note.Report == hub.OutcomeRejected {
			reason = hub.ReasonUnreachable
		}
		began := len(lines)
		lines = appendLine(lines, note)
		reports[i] = hub.Report{Provider: s.o.Name, MessageID: e.MessageID, Outcome: note.Report,
			Reason: reason, At: note.At,
			Raw: lines[began : len(lines)-1 : len(lines)-1]}
	}
	wait := 100 * time.Millisecond
	for try := 1; ; try++ {
		err := s.o.Report(ctx, reports)
		if err == nil {
			break
		}
		if try == reportTries || ctx.Err() != nil {
			s.o.Logger.WarnContext(ctx, "reports were not taken; they come again", "provider", s.o.Name, "count", len(batch))
			return
		}
		select {
		case <-ctx.Done():
		case <-time.After(wait):
		}
		wait *= 2
	}
	if _, err := s.journal.append(lines); err != nil {
		s.o.Logger.WarnContext(ctx, "reports could not be noted; they come again", "provider", s.o.Name, "error", err)
	}
}

// unreported follows the file for texts whose report is not noted.
type unreported struct {
	tail  tail
	since map[string]entry // by message id
}

// overdue gives the texts that should have been reported by now, among them those that are slow on purpose.
func (u *unreported) overdue(now time.Time, settle time.Duration, of func(hub.Mobile) Behaviour) (due []entry) {
	// A file that cannot be read is complained of by whoever writes it.
	_ = u.tail.next(func(line []byte) {
		var e entry
		switch {
		case json.Unmarshal(line, &e) != nil || e.MessageID == "":
		case e.Delivery.IsZero():
			delete(u.since, e.MessageID)
		case len(u.since) < mostOpen && now.Sub(e.At) < reportFor && of(e.Mobile).Report != "":
			u.since[e.MessageID] = entry{At: e.At, Mobile: e.Mobile, MessageID: e.MessageID}
		}
	})
	for id, e := range u.since {
		switch {
		case now.Sub(e.At) > reportFor:
			delete(u.since, id)
		case now.Sub(e.At) > cmp.Or(of(e.Mobile).After, settle):
			due = append(due, e)
		}
	}
	return due
}
