package sms_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"eblagh/channels/sms"
	"eblagh/hub"
)

const phone hub.Mobile = "+989120000001"

// sandbox opens a sandbox on the path, as one process of several.
func sandbox(t *testing.T, path string, change ...func(*sms.SandboxOptions)) *sms.Sandbox {
	t.Helper()
	o := sms.SandboxOptions{Path: path, Clock: hub.SystemClock, Logger: slog.New(slog.DiscardHandler)}
	for _, c := range change {
		c(&o)
	}
	s, err := sms.NewSandbox(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

func run(t *testing.T, s *sms.Sandbox) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	var done sync.WaitGroup
	done.Go(func() { s.Run(ctx) })
	stop = func() { cancel(); done.Wait() }
	t.Cleanup(stop)
	return stop
}

func text(to hub.Mobile, body string) hub.Text {
	return hub.Text{Attempt: hub.AttemptKey{Delivery: hub.NewID(time.Now()), N: 1}, To: to, Body: body}
}

func file(t *testing.T) string { return filepath.Join(t.TempDir(), "sandbox.jsonl") }

func texts(t *testing.T, o *sms.Outbox, of hub.Mobile) []sms.Received {
	t.Helper()
	list, err := o.Texts(of)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// told collects reports.
type told struct {
	mu   sync.Mutex
	list []hub.Report
	fail int // how many calls fail first
}

func (r *told) take(_ context.Context, reports []hub.Report) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.fail > 0 {
		r.fail--
		return errors.New("the store is away")
	}
	r.list = append(r.list, reports...)
	return nil
}

func (r *told) of(messageID string) (found []hub.Report) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, report := range r.list {
		if report.MessageID == messageID {
			found = append(found, report)
		}
	}
	return found
}

func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for limit := time.After(10 * time.Second); !ok(); {
		select {
		case <-tick.C:
		case <-limit:
			t.Fatalf("%s: not in time", what)
		}
	}
}

func TestATextIsWrittenReportedAndRead(t *testing.T) {
	path, reports := file(t), &told{fail: 2}
	s := sandbox(t, path, func(o *sms.SandboxOptions) { o.Report = reports.take })
	box := sms.NewOutbox(path)
	if got := texts(t, box, phone); len(got) != 0 {
		t.Fatalf("%d texts before any was sent", len(got))
	}
	first, second := text(phone, "کد ۱۲۳۴"), text(phone, "second")
	sent := s.Send(t.Context(), []hub.Text{first, text("+989120000002", "not mine"), second})
	if len(sent) != 3 || sent[0].Attempt != first.Attempt || sent[0].Outcome != hub.OutcomeAccepted || sent[0].MessageID == "" {
		t.Fatalf("sent %+v", sent)
	}
	got := texts(t, box, phone)
	if len(got) != 2 || got[0].Text != first.Body || got[1].Text != second.Body || got[0].Report != "pending" ||
		time.Since(got[0].At) > time.Minute {
		t.Fatalf("read %+v", got)
	}
	run(t, s)
	until(t, "the report in the outbox", func() bool { return texts(t, box, phone)[1].Report == hub.OutcomeDelivered })
	r := reports.of(sent[0].MessageID)
	if len(r) != 1 || r[0].Provider != "sandbox" || r[0].Outcome != hub.OutcomeDelivered || r[0].At.IsZero() || len(r[0].Raw) == 0 {
		t.Fatalf("reported %+v", r)
	}
}

// What each number of the table does, and that another does nothing of it.
func TestSimulatedNumbers(t *testing.T) {
	path, reports := file(t), &told{}
	var later atomic.Int64
	s := sandbox(t, path, func(o *sms.SandboxOptions) {
		o.Report, o.Numbers, o.Settle = reports.take, sms.Simulated(), 20*time.Millisecond
		o.Clock = func() time.Time { return time.Now().Add(time.Duration(later.Load())) }
	})
	run(t, s)
	const delivered, none hub.Outcome = hub.OutcomeDelivered, ""
	ids := map[hub.Mobile]string{}
	for _, c := range []struct {
		mobile  hub.Mobile
		attempt int
		outcome hub.Outcome
		reason  hub.Reason
		report  hub.Outcome
	}{
		{phone, 1, hub.OutcomeAccepted, "", delivered},
		{"+989900099001", 1, hub.OutcomeAccepted, "", delivered},
		{"+989900099002", 1, hub.OutcomeDeferred, hub.ReasonUnreachable, none},
		{"+989900099002", 2, hub.OutcomeDeferred, hub.ReasonUnreachable, none},
		{"+989900099002", 3, hub.OutcomeAccepted, "", delivered},
		{"+989900099003", 1, hub.OutcomeRejected, hub.ReasonBadNumber, none},
		{"+989900099004", 1, hub.OutcomeAccepted, "", hub.OutcomeRejected},
		{"+989900099005", 1, hub.OutcomeAccepted, "", none},
		{"+989900099006", 1, hub.OutcomeAccepted, "", none}, // not yet
	} {
		sent := s.Send(t.Context(), []hub.Text{{Attempt: hub.AttemptKey{Delivery: hub.NewID(time.Now()), N: c.attempt}, To: c.mobile}})[0]
		if sent.Outcome != c.outcome || sent.Reason != c.reason || (sent.MessageID != "") != (c.outcome == hub.OutcomeAccepted) {
			t.Errorf("%s, attempt %d: %+v", c.mobile, c.attempt, sent)
		}
		if ids[c.mobile] = sent.MessageID; c.report == none {
			continue
		}
		until(t, "report", func() bool { return len(reports.of(sent.MessageID)) > 0 })
		if r := reports.of(sent.MessageID)[0]; r.Outcome != c.report || (r.Reason == hub.ReasonUnreachable) != (c.report != delivered) {
			t.Errorf("%s: reported %+v", c.mobile, r)
		}
	}
	later.Store(int64(sms.SlowReport + time.Second))
	until(t, "the slow report", func() bool { return len(reports.of(ids["+989900099006"])) > 0 })
	if r := reports.of(ids["+989900099005"]); len(r) > 0 {
		t.Errorf("the mute number reported %+v", r)
	}
	if got := texts(t, sms.NewOutbox(path), "+989900099003"); len(got) != 0 {
		t.Errorf("a refused text was written: %+v", got)
	}
	if len(sms.Simulated()) != 6 {
		t.Error("a number is not tried here")
	}
}

// Processes that share a file lose no line and mix none, also while the file is turned over.
func TestSeveralProcessesShareTheFile(t *testing.T) {
	const processes, slices, size = 4, 25, 4
	path := file(t)
	box := sms.NewOutbox(path)
	texts(t, box, phone) // it follows from the start, as two files do not hold all of it
	var all sync.WaitGroup
	for p := range processes {
		s := sandbox(t, path, func(o *sms.SandboxOptions) { o.Most = 24 << 10 })
		all.Go(func() {
			for i := range slices {
				var batch []hub.Text
				for j := range size {
					batch = append(batch, text(phone, fmt.Sprintf("%d/%d/%d", p, i, j)))
				}
				for _, sent := range s.Send(context.Background(), batch) {
					if sent.Outcome != hub.OutcomeAccepted {
						t.Errorf("%+v", sent)
					}
				}
				_, _ = box.Texts(phone) // an error would show as texts that are missing
			}
		})
	}
	all.Wait()
	seen := map[string]int{}
	for _, got := range texts(t, box, phone) {
		seen[got.Text]++
	}
	if len(seen) != processes*slices*size {
		t.Errorf("%d texts, want %d", len(seen), processes*slices*size)
	}
	for body, n := range seen {
		if n != 1 {
			t.Errorf("%s was read %d times", body, n)
		}
	}
	files, err := filepath.Glob(filepath.Join(filepath.Dir(path), "*"))
	if err != nil || len(files) != 2 {
		t.Fatalf("files %v, %v", files, err)
	}
	for _, name := range files {
		whole(t, name)
	}
}

// whole fails unless every line is JSON and the file keeps its limit.
func whole(t *testing.T, name string) {
	t.Helper()
	content, err := os.ReadFile(name)
	if err != nil || len(content) > 24<<10 {
		t.Errorf("%s has %d bytes, %v", name, len(content), err)
	}
	for line := range bytes.Lines(content) {
		if !json.Valid(line) {
			t.Errorf("a mixed line: %s", line)
		}
	}
}

func TestWhatCannotBeWrittenIsNotCalledSent(t *testing.T) {
	ended, end := context.WithCancel(t.Context())
	end()
	for name, c := range map[string]struct {
		path string
		ctx  context.Context
	}{
		"no space":         {"/dev/full", t.Context()},
		"the context over": {file(t), ended},
	} {
		sent := sandbox(t, c.path).Send(c.ctx, []hub.Text{text(phone, "a"), text(phone, "b")})
		for _, s := range sent {
			if s.Outcome != hub.OutcomeDeferred || s.MessageID != "" {
				t.Errorf("%s: %+v", name, s)
			}
		}
		if len(sent) != 2 {
			t.Errorf("%s: %d answers", name, len(sent))
		}
	}
	if _, err := sms.NewSandbox(sms.SandboxOptions{Path: filepath.Join(t.TempDir(), "no", "folder")}); err == nil {
		t.Error("a sandbox in no folder was opened")
	}
}

// A line that a crash tore spoils no other.
func TestATornLineIsPassedOver(t *testing.T) {
	path := file(t)
	torn := strings.Repeat("x", 2<<20) + "\n" + `{"at":"2026-01-01T00:00:00Z","mobile":"+98912`
	if err := os.WriteFile(path, []byte(torn), 0o600); err != nil {
		t.Fatal(err)
	}
	sandbox(t, path).Send(t.Context(), []hub.Text{text(phone, "after")})
	if got := texts(t, sms.NewOutbox(path), phone); len(got) != 1 || got[0].Text != "after" {
		t.Fatalf("read %+v", got)
	}
}

// The report of a process that died comes from one that lives.
func TestReportsOfADeadProcessAreMadeUp(t *testing.T) {
	path, reports := file(t), &told{}
	sent := sandbox(t, path).Send(t.Context(), []hub.Text{text(phone, "a"), text(phone, "b")})
	settled := func(o *sms.SandboxOptions) { o.Report, o.Settle = reports.take, 50*time.Millisecond }
	stop := run(t, sandbox(t, path, settled))
	both := func() bool {
		return !slices.ContainsFunc(sent, func(s hub.Sent) bool { return len(reports.of(s.MessageID)) == 0 })
	}
	until(t, "the reports", both)
	until(t, "their note", func() bool {
		return texts(t, sms.NewOutbox(path), phone)[1].Report == hub.OutcomeDelivered
	})
	stop()

	reports.list = nil
	later := sandbox(t, path, settled)
	run(t, later)
	last := later.Send(t.Context(), []hub.Text{text(phone, "c")})
	until(t, "the new report", func() bool { return len(reports.of(last[0].MessageID)) > 0 })
	if both() {
		t.Error("reports that were noted came again")
	}
}
