package smpp_test

import (
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/linxGnu/gosmpp/data"

	"eblagh/channels/sms/smpp"
	"eblagh/channels/sms/smpp/smsctest"
	"eblagh/hub"
)

var (
	persian = strings.Repeat("ابلاغ قضایی ", 15) // 180 units: three parts
	latin   = strings.Repeat("court{1} ", 30)
)

func TestATextArrivesWhole(t *testing.T) {
	for name, c := range map[string]struct {
		body   string
		coding byte
		parts  int
	}{
		"short latin": {"code {12}", data.GSM7BITCoding, 1}, "short persian": {"ابلاغ", data.UCS2Coding, 1},
		"long latin": {latin, data.GSM7BITCoding, 3}, "long persian": {persian, data.UCS2Coding, 3},
		"surrogates at the seam": {strings.Repeat("x", 66) + strings.Repeat("😀", 5), data.UCS2Coding, 2},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, nil, nil)
			sent := w.one(c.body, hub.OutcomeAccepted, "")
			parts := w.centre.Parts()
			var whole strings.Builder
			sequences := map[int32]bool{}
			for i, part := range parts {
				whole.WriteString(part.Text)
				sequences[part.Sequence] = true
				total, n, ref, found := part.UDH.GetConcatInfo()
				_, _, first, _ := parts[0].UDH.GetConcatInfo()
				if found != (c.parts > 1) || found && (int(total) != c.parts || int(n) != i+1 || ref != first) {
					t.Errorf("part %d says %d of %d, reference %d", i+1, n, total, ref)
				}
				if part.Coding != c.coding || part.To != "989120000001" {
					t.Errorf("coding %d, to %s", part.Coding, part.To)
				}
			}
			if len(parts) != c.parts || len(sequences) != c.parts || whole.String() != c.body {
				t.Errorf("%d parts, %d sequence numbers: %q", len(parts), len(sequences), whole.String())
			}
			ids := make([]string, len(parts))
			for i, part := range parts {
				ids[i] = part.ID
			}
			if c.parts > 1 && (sent.MessageID != "" || !slices.Equal(sent.Parts, ids)) ||
				c.parts == 1 && (sent.MessageID != ids[0] || sent.Parts != nil) {
				t.Errorf("message id %q, parts %q, want %q", sent.MessageID, sent.Parts, ids)
			}
		})
	}
}

func TestTwoTextsInPartsHaveTwoReferences(t *testing.T) {
	w := newWorld(t, nil, nil)
	w.send(persian, persian)
	refs := map[byte]int{}
	for _, part := range w.centre.Parts() {
		_, _, ref, _ := part.UDH.GetConcatInfo()
		refs[ref]++
	}
	if len(refs) != 2 {
		t.Errorf("references: %v", refs)
	}
}

func TestOutcomesByWhatTheCentreDoes(t *testing.T) {
	for name, c := range map[string]struct {
		reply   smsctest.Reply
		outcome hub.Outcome
		reason  hub.Reason
		tries   int
	}{
		"queue full":                {smsctest.Reply{Status: data.ESME_RMSGQFUL}, hub.OutcomeDeferred, hub.ReasonProvider, 1},
		"throttled without end":     {smsctest.Reply{Status: data.ESME_RTHROTTLED}, hub.OutcomeDeferred, hub.ReasonThrottled, 4},
		"no such number":            {smsctest.Reply{Status: data.ESME_RINVDSTADR}, hub.OutcomeRejected, hub.ReasonBadNumber, 1},
		"taken, connection dropped": {smsctest.Reply{Drop: true}, hub.OutcomeUnknown, hub.ReasonProvider, 1},
		"no response":               {smsctest.Reply{Silent: true}, hub.OutcomeUnknown, hub.ReasonNoOutcome, 1},
		"slow":                      {smsctest.Reply{Delay: 50 * time.Millisecond}, hub.OutcomeAccepted, "", 1},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, smsctest.Always(c.reply), nil)
			if sent := w.one("ابلاغ", c.outcome, c.reason); sent.Cut != c.reply.Drop {
				t.Errorf("lost with its connection: %t", sent.Cut)
			}
			if got := len(w.centre.Parts()); got != c.tries {
				t.Errorf("the centre saw it %d times, want %d", got, c.tries)
			}
		})
	}
}

func TestThrottledPausesTheBindAndTheSamePartGoesFirst(t *testing.T) {
	w := newWorld(t, func(n int, _ smsctest.Part) smsctest.Reply {
		if n <= 2 {
			return smsctest.Reply{Status: data.ESME_RTHROTTLED}
		}
		return smsctest.Reply{}
	}, func(o *smpp.Options) { o.Window = 1 })
	began := time.Now()
	for _, s := range w.send("first", "second") {
		if s.Outcome != hub.OutcomeAccepted {
			t.Errorf("%s %s", s.Outcome, s.Reason)
		}
	}
	if took := time.Since(began); took < 60*time.Millisecond { // 20 ms and 40 ms
		t.Errorf("no pause: %s", took)
	}
	parts := w.centre.Parts()
	if len(parts) != 4 || parts[0].Text != parts[1].Text || parts[1].Text != parts[2].Text || parts[3].Text == parts[2].Text {
		t.Errorf("parts: %+v", parts)
	}
}

// TestNothingNewPassesAThrottledPart, though the window has room.
func TestNothingNewPassesAThrottledPart(t *testing.T) {
	w := newWorld(t, func(n int, _ smsctest.Part) smsctest.Reply {
		if n <= 2 {
			return smsctest.Throttled()
		}
		return smsctest.Slow(10*time.Millisecond, smsctest.Reply{})
	}, nil)
	var both sync.WaitGroup
	both.Go(func() { w.one("first", hub.OutcomeAccepted, "") })
	w.until("it is throttled", func() bool { return len(w.centre.Parts()) > 0 })
	both.Go(func() { w.one("second", hub.OutcomeAccepted, "") })
	both.Wait()
	var order []string
	for _, part := range w.centre.Parts() {
		order = append(order, part.Text)
	}
	if !slices.Equal(order, []string{"first", "first", "first", "second"}) {
		t.Errorf("%q", order)
	}
}

func TestARefusedPartStopsTheText(t *testing.T) {
	w := newWorld(t, func(n int, _ smsctest.Part) smsctest.Reply {
		if n == 2 {
			return smsctest.Reply{Status: data.ESME_RMSGQFUL}
		}
		return smsctest.Reply{}
	}, nil)
	if sent := w.one(persian, hub.OutcomeDeferred, hub.ReasonProvider); sent.MessageID != "" || sent.Parts != nil {
		t.Errorf("message id %q, parts %q", sent.MessageID, sent.Parts)
	}
	if n := len(w.centre.Parts()); n != 2 {
		t.Errorf("%d parts left", n)
	}
}

// TestAnUnansweredPartLeavesTheOthersKnown: what the centre named can still be reported, or asked for.
func TestAnUnansweredPartLeavesTheOthersKnown(t *testing.T) {
	w := newWorld(t, func(n int, _ smsctest.Part) smsctest.Reply { return smsctest.Reply{Silent: n == 2} }, nil)
	sent := w.one(persian, hub.OutcomeUnknown, hub.ReasonNoOutcome)
	if want := []string{w.centre.Parts()[0].ID, "", ""}; sent.MessageID != "" || !slices.Equal(sent.Parts, want) {
		t.Errorf("message id %q, parts %q, want %q", sent.MessageID, sent.Parts, want)
	}
}
