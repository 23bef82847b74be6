package smpp_test

import (
	"context"
	"errors"
	"net"
	"slices"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"eblagh/channels/sms/smpp"
	"eblagh/channels/sms/smpp/smsctest"
	"eblagh/hub"
)

// brittle breaks in the middle of a write.
type brittle struct {
	net.Conn
	left *atomic.Int64 // bytes until then
}

func (b brittle) Write(p []byte) (int, error) {
	n := min(int64(len(p)), b.left.Load())
	b.left.Add(-n)
	wrote, err := b.Conn.Write(p[:n])
	if err == nil && wrote < len(p) {
		err = errors.New("broken")
	}
	return wrote, err
}

// Parts that leave together are told apart when the write of them breaks off: what has not left as a whole goes again, and
// never reached the centre.
func TestAWriteThatBreaksOffTellsPartsApart(t *testing.T) {
	var left atomic.Int64
	left.Store(1 << 20)
	w := newWorld(t, smsctest.Always(smsctest.Slow(20*time.Millisecond, smsctest.Reply{})), func(o *smpp.Options) {
		o.Window, o.Patience = 50, 10*time.Millisecond
		o.Dial = func(ctx context.Context, addr string) (net.Conn, error) {
			conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", addr)
			return brittle{conn, &left}, err
		}
	})
	w.one("x", hub.OutcomeAccepted, "")
	left.Store(1500) // some twenty parts
	bodies := make([]string, 100)
	for i := range bodies {
		bodies[i] = "number " + strconv.Itoa(i)
	}
	arrived, got := map[string]bool{}, map[hub.Outcome][]string{}
	sent := w.send(bodies...)
	for _, part := range w.centre.Parts() {
		arrived[part.Text] = true
	}
	for i, s := range sent {
		got[s.Outcome] = append(got[s.Outcome], bodies[i])
	}
	if len(got[hub.OutcomeUnknown]) == 0 || len(got[hub.OutcomeDeferred]) < 50 || len(sent) != 100 {
		t.Fatalf("outcomes %v", got)
	}
	if slices.ContainsFunc(got[hub.OutcomeDeferred], func(body string) bool { return arrived[body] }) {
		t.Errorf("what arrived would go again: %v of %v", arrived, got[hub.OutcomeDeferred])
	}
}
