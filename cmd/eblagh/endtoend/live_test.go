package endtoend

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

// frame is one text frame from the server.
type frame struct {
	Type      string `json:"type"`
	Cursor    int64  `json:"cursor"`
	Recovered bool   `json:"recovered"`
	Notice    struct {
		ID string `json:"id"`
	} `json:"notice"`
}

// liveClient is one websocket of one person.
type liveClient struct {
	ws *websocket.Conn
}

// dial opens the live channel; after < 0 gives no cursor.
func dial(t *testing.T, c *caller, after int64) (*liveClient, error) {
	t.Helper()
	u, err := url.Parse(c.base)
	if err != nil {
		t.Fatal(err)
	}
	header := http.Header{"Origin": {c.base}}
	for _, cookie := range c.http.Jar.Cookies(u) {
		header.Add("Cookie", cookie.String())
	}
	target := "ws" + strings.TrimPrefix(c.base, "http") + "/v1/live"
	if after >= 0 {
		target += "?after=" + strconv.FormatInt(after, 10)
	}
	ws, _, err := websocket.DefaultDialer.Dial(target, header)
	if err != nil {
		return nil, err
	}
	return &liveClient{ws}, nil
}

// next gives the next frame within the limit.
func (l *liveClient) next(limit time.Duration) (frame, error) {
	var f frame
	_ = l.ws.SetReadDeadline(time.Now().Add(limit))
	_, b, err := l.ws.ReadMessage()
	if err != nil {
		return f, err
	}
	return f, json.Unmarshal(b, &f)
}

func (l *liveClient) ack(cursor int64) error {
	return l.ws.WriteJSON(map[string]any{"type": "ack", "cursor": cursor})
}

// drop closes the socket without a word, as a phone in a tunnel does.
func (l *liveClient) drop() { _ = l.ws.NetConn().Close() }
