package live_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"eblagh/hub"
)

// frame is what a client receives.
type frame struct {
	Type      string    `json:"type"`
	Cursor    int64     `json:"cursor"`
	Recovered bool      `json:"recovered"`
	Code      int       `json:"code"`
	Retry     *int64    `json:"retry_after_ms"`
	Notice    hub.Cover `json:"notice"`
}

// client is one websocket of a person.
type client struct {
	t  *testing.T
	ws *websocket.Conn
}

// connect opens a websocket; after < 0 gives no cursor.
func (n *node) connect(t *testing.T, who hub.ID, after int64) *client {
	t.Helper()
	target := n.url
	if after >= 0 {
		target += "?after=" + strconv.FormatInt(after, 10)
	}
	dialer := websocket.Dialer{HandshakeTimeout: limit}
	ws, _, err := dialer.Dial(target, http.Header{"Test-Person": {who.String()}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ws.Close() })
	return &client{t, ws}
}

func (c *client) read() (f frame, err error) {
	_ = c.ws.SetReadDeadline(time.Now().Add(limit))
	_, data, err := c.ws.ReadMessage()
	if err != nil {
		return f, err
	}
	return f, json.Unmarshal(data, &f)
}

// next gives the next frame and fails unless it is of this type.
func (c *client) next(kind string) frame {
	c.t.Helper()
	f, err := c.read()
	if err != nil || f.Type != kind {
		c.t.Fatalf("got %+v, %v, want a %s", f, err, kind)
	}
	return f
}

// hello gives the first frame.
func (c *client) hello(cursor int64, recovered bool) *client {
	c.t.Helper()
	if f := c.next("hello"); f.Cursor != cursor || f.Recovered != recovered {
		c.t.Fatalf("hello %+v, want cursor %d, recovered %t", f, cursor, recovered)
	}
	return c
}

// notices reads the cursors from first to last.
func (c *client) notices(first, last int64) {
	c.t.Helper()
	for cursor := first; cursor <= last; cursor++ {
		if f := c.next("notice"); f.Cursor != cursor {
			c.t.Fatalf("cursor %d came where %d should", f.Cursor, cursor)
		}
	}
}

func (c *client) say(kind int, data string) {
	c.t.Helper()
	if err := c.ws.WriteMessage(kind, []byte(data)); err != nil {
		c.t.Fatal(err)
	}
}

func (c *client) ack(cursor int64) {
	c.t.Helper()
	c.say(websocket.TextMessage, fmt.Sprintf(`{"type":"ack","cursor":%d}`, cursor))
}

// bye reads on until the connection is over, and fails unless that was for this reason, said twice.
func (c *client) bye(code int) frame {
	c.t.Helper()
	var last frame
	for {
		f, err := c.read()
		if err == nil {
			last = f
			continue
		}
		var closed *websocket.CloseError
		if !errors.As(err, &closed) || closed.Code != code || last.Type != "bye" || last.Code != code {
			c.t.Fatalf("the last frame was %+v, then %v; want %d", last, err, code)
		}
		if (last.Retry != nil) != (code < 3500) {
			c.t.Fatalf("retry_after_ms of %d: %v", code, last.Retry)
		}
		return last
	}
}

// drop ends the connection without a word, as a phone in a tunnel does.
func (c *client) drop() { _ = c.ws.NetConn().Close() }
