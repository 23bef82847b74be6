package smpp_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/linxGnu/gosmpp/data"

	"eblagh/channels/sms/smpp"
	"eblagh/channels/sms/smpp/smsctest"
	"eblagh/hub"
)

func TestReportsInEveryManner(t *testing.T) {
	for name, c := range map[string]struct {
		reply smsctest.Reply
		want  []hub.Outcome
	}{
		"late, text": {smsctest.Reply{Late: []smsctest.Receipt{{}}}, []hub.Outcome{hub.OutcomeDelivered}},
		"early":      {smsctest.Reply{Early: []smsctest.Receipt{{}}, Delay: 20 * time.Millisecond}, []hub.Outcome{hub.OutcomeDelivered}},
		"twice":      {smsctest.Reply{Late: []smsctest.Receipt{{}, {}}}, []hub.Outcome{hub.OutcomeDelivered, hub.OutcomeDelivered}},
		"tlv":        {smsctest.Reply{Late: []smsctest.Receipt{{TLV: data.SM_STATE_UNDELIVERABLE}}}, []hub.Outcome{hub.OutcomeRejected}},
		"other bind": {smsctest.Reply{Late: []smsctest.Receipt{{Other: true}}}, []hub.Outcome{hub.OutcomeDelivered}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, smsctest.Always(c.reply), func(o *smpp.Options) { o.Binds = 2 })
			w.until("two binds", func() bool { return w.centre.Binds() == 2 })
			sent := w.one("ابلاغ", hub.OutcomeAccepted, "")
			w.until("every report is acknowledged", func() bool { return len(w.centre.Acks()) == len(c.want) })
			heard := w.reports()
			if len(heard) != len(c.want) {
				t.Fatalf("heard %d reports", len(heard))
			}
			for i, r := range heard {
				if r.Outcome != c.want[i] || r.MessageID != sent.MessageID || r.Provider != "op" || !r.At.IsZero() {
					t.Errorf("report %+v of %s", r, sent.MessageID)
				}
				if len(r.Raw) == 0 || strings.Contains(string(r.Raw), "123456") {
					t.Errorf("raw %q", r.Raw)
				}
			}
		})
	}
}

func TestAPersonCannotWriteAReport(t *testing.T) {
	w := newWorld(t, smsctest.Always(smsctest.Reply{Late: []smsctest.Receipt{{Plain: true}}}), nil)
	w.one("ابلاغ", hub.OutcomeAccepted, "")
	w.until("it is acknowledged", func() bool { return len(w.centre.Acks()) == 1 })
	if heard := w.reports(); len(heard) > 0 {
		t.Errorf("heard %+v", heard)
	}
}

// TestEveryPartIsReportedByItsOwnID: what that makes of the text is the hub's to know.
func TestEveryPartIsReportedByItsOwnID(t *testing.T) {
	for name, reply := range map[string]smsctest.Reply{
		"late":           {Late: []smsctest.Receipt{{}}},
		"early":          {Early: []smsctest.Receipt{{}}, Delay: 10 * time.Millisecond},
		"on another one": {Early: []smsctest.Receipt{{Other: true}}, Delay: 10 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, smsctest.Always(reply), func(o *smpp.Options) { o.Binds = 2 })
			w.until("two binds", func() bool { return w.centre.Binds() == 2 })
			sent := w.one(persian, hub.OutcomeAccepted, "")
			w.until("every report is acknowledged", func() bool { return len(w.centre.Acks()) == 3 })
			var heard []string
			for _, r := range w.reports() {
				heard = append(heard, r.MessageID)
			}
			slices.Sort(heard)
			if !slices.Equal(heard, sent.Parts) {
				t.Errorf("heard of %q, the parts are %q", heard, sent.Parts)
			}
		})
	}
}

func TestReportsThatTheHubDoesNotTakeComeAgain(t *testing.T) {
	w := newWorld(t, nil, nil)
	w.answerReports(errors.New("away"))
	w.one("ابلاغ", hub.OutcomeAccepted, "")
	id := w.centre.Parts()[0].ID
	w.centre.Report(1, id, smsctest.Receipt{})
	w.until("it is refused", func() bool { return len(w.centre.Acks()) == 1 })
	w.answerReports(nil)
	w.centre.Report(1, id, smsctest.Receipt{})
	w.until("it is taken", func() bool { return len(w.centre.Acks()) == 2 })
	if acks := w.centre.Acks(); acks[0] != data.ESME_RX_T_APPN || acks[1] != data.ESME_ROK || len(w.reports()) != 1 {
		t.Errorf("answers %v, heard %d", acks, len(w.reports()))
	}
}

// TestAReportIsBroughtAgainUntilItIsTaken: refused, then its connection is lost, then taken over a new one.
func TestAReportIsBroughtAgainUntilItIsTaken(t *testing.T) {
	centre := smsctest.New(t)
	centre.Retry = 10 * time.Millisecond
	w := newWorldAt(t, centre, smsctest.Always(smsctest.Delivered()), nil)
	w.answerReports(errors.New("away"))
	w.one("ابلاغ", hub.OutcomeAccepted, "")
	w.until("it is refused and comes again", func() bool { return len(centre.Acks()) >= 2 })
	centre.Stop()
	w.answerReports(nil)
	centre.Start()
	w.until("it is taken", func() bool { return len(w.reports()) == 1 && centre.Unreported() == 0 })
	if binds := centre.Binds(); binds != 2 {
		t.Errorf("%d binds", binds)
	}
}

func TestTheCentreCountsWholeTexts(t *testing.T) {
	w := newWorld(t, func(n int, _ smsctest.Part) smsctest.Reply {
		if n == 2 || n == 4 { // in the middle of the first text, and the second x
			return smsctest.QueueFull()
		}
		return smsctest.Reply{}
	}, nil)
	for _, body := range []string{persian, "x", "x"} {
		w.send(body)
	}
	w.send("x", persian)
	counts := w.centre.Counts()
	if len(counts) != 2 || counts[smsctest.Addressed{To: "989120000001", Body: "x"}] != 2 ||
		counts[smsctest.Addressed{To: "989120000001", Body: persian}] != 1 {
		t.Errorf("%v", counts)
	}
}
