package smpp_test

import (
	"slices"
	"testing"
	"time"

	"eblagh/channels/sms/smpp"
	"eblagh/channels/sms/smpp/smsctest"
	"eblagh/hub"
)

// TestALateAnswerStillSettlesTheText: by then it is unknown, and the answer says what is true.
func TestALateAnswerStillSettlesTheText(t *testing.T) {
	const slow = 150 * time.Millisecond
	for name, c := range map[string]struct {
		body    string
		part    int // that is answered late
		reply   smsctest.Reply
		outcome hub.Outcome
		reason  hub.Reason
		ids     int
	}{
		"taken":                      {"x", 1, smsctest.Reply{}, hub.OutcomeAccepted, "", 1},
		"the last part is taken":     {persian, 3, smsctest.Reply{}, hub.OutcomeAccepted, "", 3},
		"no room":                    {"x", 1, smsctest.QueueFull(), hub.OutcomeDeferred, hub.ReasonProvider, 0},
		"the others have never left": {persian, 2, smsctest.Reply{}, hub.OutcomeDeferred, hub.ReasonProvider, 0},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, func(n int, _ smsctest.Part) smsctest.Reply {
				if n == c.part {
					return smsctest.Slow(slow, c.reply)
				}
				return smsctest.Reply{}
			}, func(o *smpp.Options) { o.Answer = slow / 3 })
			sent := w.one(c.body, hub.OutcomeUnknown, hub.ReasonNoOutcome)
			w.until("it is settled", func() bool { return len(w.settled()) == 1 })
			late := w.settled()[0]
			var ids []string
			for _, part := range w.centre.Parts() {
				ids = append(ids, part.ID)
			}
			switch {
			case late.Attempt != sent.Attempt || late.Outcome != c.outcome || late.Reason != c.reason:
				t.Errorf("settled as %+v", late)
			case c.ids == 1 && (late.MessageID != ids[0] || late.Parts != nil),
				c.ids == 3 && !slices.Equal(late.Parts, ids), c.ids == 0 && (late.MessageID != "" || late.Parts != nil):
				t.Errorf("settled with %q and %q of %q", late.MessageID, late.Parts, ids)
			}
			if n := len(w.centre.Parts()); n != c.part {
				t.Errorf("the centre saw %d parts", n)
			}
		})
	}
}

func TestAnAnswerThatNeverComesSettlesNothing(t *testing.T) {
	w := newWorld(t, smsctest.Always(smsctest.Silent()), func(o *smpp.Options) { o.Answer = 30 * time.Millisecond })
	w.one("x", hub.OutcomeUnknown, hub.ReasonNoOutcome)
	w.centre.Cut()
	w.until("bound again", func() bool { return w.centre.Binds() == 2 })
	if late := w.settled(); len(late) > 0 {
		t.Errorf("settled %+v", late)
	}
}
