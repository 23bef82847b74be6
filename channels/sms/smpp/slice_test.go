package smpp_test

import (
	"sync/atomic"
	"testing"
	"time"

	"eblagh/channels/sms/smpp"
	"eblagh/channels/sms/smpp/smsctest"
	"eblagh/hub"
)

// A slice is in doubt as a whole when the process dies: it is large only while it is over in a moment.
func TestASliceIsWorthAMoment(t *testing.T) {
	var slow atomic.Bool
	w := newWorld(t, func(int, smsctest.Part) smsctest.Reply {
		if slow.Load() {
			return smsctest.Slow(100*time.Millisecond, smsctest.Reply{})
		}
		return smsctest.Reply{}
	}, func(o *smpp.Options) { o.Window = 2 })
	slice := func() (n int) {
		n = w.Window()
		for _, s := range w.send(make([]string, n)...) {
			if s.Outcome != hub.OutcomeAccepted {
				t.Errorf("%s %s", s.Outcome, s.Reason)
			}
		}
		return n
	}
	if n := slice(); n != 2 {
		t.Errorf("the first slice has %d texts", n)
	}
	w.until("it grows to some windows", func() bool { return slice() == 32 })
	if n := slice(); n != 32 {
		t.Errorf("it grew to %d", n)
	}
	slow.Store(true)
	slice()
	if n := w.Window(); n > 6 { // 1600 ms for 32
		t.Errorf("%d texts in a slice, of which a second takes 20", n)
	}
	slow.Store(false)
	before := w.Window()
	if w.one("x", hub.OutcomeAccepted, ""); w.Window() != before {
		t.Error("one text alone tells something of many")
	}
}
