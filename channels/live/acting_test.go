package live_test

import (
	"context"
	"net/http"
	"sync/atomic"
	"testing"

	"github.com/gorilla/websocket"

	"eblagh/channels/live"
)

// Who acts for a legal person sees what arrives for it, and from the moment they do not represent it any more, nothing.
func TestARepresentativeSeesNothingAfterTheEnd(t *testing.T) {
	w := newWorld(t)
	company, person := w.person(), w.person()
	var ended atomic.Bool
	n := w.node("", func(o *live.Options) {
		o.Still = func(_ context.Context, viewers []live.Viewer) ([]int, error) {
			codes := make([]int, len(viewers))
			for i, v := range viewers {
				if ended.Load() && v == (live.Viewer{Recipient: company, Person: person}) {
					codes[i] = live.CloseEnded
				}
			}
			return codes, nil
		}
	})
	header := http.Header{"Test-Person": {company.String()}, "Test-Representative": {person.String()}}
	ws, _, err := websocket.DefaultDialer.Dial(n.url+"?after=0", header)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ws.Close() })
	c := &client{t, ws}
	c.hello(0, true)
	own := n.connect(t, company, 0).hello(0, true)
	w.arrive(company, 1)
	c.notices(1, 1)
	own.notices(1, 1)
	ended.Store(true)
	w.arrive(company, 1)
	own.notices(2, 2)
	c.next("bye")
	if f, err := c.read(); !websocket.IsCloseError(err, live.CloseEnded) {
		t.Errorf("got %+v, %v", f, err)
	}
}
