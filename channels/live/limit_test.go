package live_test

import (
	"context"
	"encoding/json"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"eblagh/channels/live"
	"eblagh/hub"
)

// RFC 9457, before the upgrade.
func TestWhoIsTurnedAwayAtTheDoor(t *testing.T) {
	w := newWorld(t)
	n, who := w.node(""), w.person().String()
	host := strings.TrimSuffix(strings.TrimPrefix(n.url, "ws://"), "/v1/live")
	for name, c := range map[string]struct {
		header http.Header
		query  string
		status int
		code   string
	}{
		"nobody":             {http.Header{}, "", 401, "unauthorized"},
		"another site":       {http.Header{"Test-Person": {who}, "Origin": {"https://evil.example"}}, "", 403, "forbidden"},
		"no site":            {http.Header{"Test-Person": {who}, "Origin": {"null"}}, "", 403, "forbidden"},
		"not a cursor":       {http.Header{"Test-Person": {who}}, "?after=09aa", 422, "validation"},
		"a negative cursor":  {http.Header{"Test-Person": {who}}, "?after=-1", 422, "validation"},
		"a cursor too large": {http.Header{"Test-Person": {who}}, "?after=9223372036854775808", 422, "validation"},
		"the same site":      {http.Header{"Test-Person": {who}, "Origin": {"http://" + host}}, "?after=0", 101, ""},
		"no browser":         {http.Header{"Test-Person": {who}}, "", 101, ""},
	} {
		ws, answer, err := websocket.DefaultDialer.Dial(n.url+c.query, c.header)
		if answer == nil || answer.StatusCode != c.status {
			t.Errorf("%s: %v, %v", name, answer, err)
			continue
		}
		if ws != nil {
			_ = ws.Close()
			continue
		}
		wantProblem(t, name, answer, c.code)
	}
	plain, err := http.Get("http" + strings.TrimPrefix(n.url, "ws"))
	if err != nil || plain.StatusCode != http.StatusUpgradeRequired {
		t.Fatalf("no websocket: %v, %v", plain, err)
	}
	wantProblem(t, "no websocket", plain, "validation")
}

func wantProblem(t *testing.T, name string, answer *http.Response, code string) {
	t.Helper()
	defer answer.Body.Close()
	var p struct {
		Type   string
		Status int
	}
	err := json.NewDecoder(answer.Body).Decode(&p)
	if err != nil || answer.Header.Get("Content-Type") != "application/problem+json" ||
		p.Type != "https://eblagh.invalid/problems/"+code || p.Status != answer.StatusCode {
		t.Errorf("%s: %+v, %v", name, p, err)
	}
}

func TestFramesThatTheProtocolLacksEndTheConnection(t *testing.T) {
	w := newWorld(t)
	n, who := w.node(""), w.person()
	w.arrive(who, 2)
	for name, c := range map[string]struct {
		kind int
		data string
		code int
	}{
		"garbage":           {websocket.TextMessage, "\x00{", live.CloseMalformed},
		"nothing":           {websocket.TextMessage, "", live.CloseMalformed},
		"a list":            {websocket.TextMessage, `[{"type":"ack","cursor":1}]`, live.CloseMalformed},
		"another type":      {websocket.TextMessage, `{"type":"hello","cursor":1}`, live.CloseMalformed},
		"no cursor":         {websocket.TextMessage, `{"type":"ack"}`, live.CloseMalformed},
		"a negative cursor": {websocket.TextMessage, `{"type":"ack","cursor":-1}`, live.CloseMalformed},
		"half a cursor":     {websocket.TextMessage, `{"type":"ack","cursor":1.5}`, live.CloseMalformed},
		"binary":            {websocket.BinaryMessage, `{"type":"ack","cursor":1}`, live.CloseMalformed},
		"a large frame":     {websocket.TextMessage, strings.Repeat(" ", 513), live.CloseTooLarge},
		"a huge frame":      {websocket.TextMessage, strings.Repeat(" ", 1<<20), live.CloseTooLarge},
		"an ack beyond":     {websocket.TextMessage, `{"type":"ack","cursor":3}`, live.CloseBeyond},
		"an ack far beyond": {websocket.TextMessage, `{"type":"ack","cursor":9223372036854775807}`, live.CloseBeyond},
	} {
		t.Run(name, func(t *testing.T) {
			conn := n.connect(t, who, 0).hello(2, true)
			conn.notices(1, 2)
			conn.say(c.kind, c.data)
			conn.bye(c.code)
		})
	}
	if all, _ := w.receipts(hub.EventNotificationDelivered, who); all != 0 {
		t.Errorf("%d acks were believed", all)
	}
}

// Acks of what an earlier connection showed change nothing, and are no offence.
func TestAnOldAckIsPassedOver(t *testing.T) {
	w := newWorld(t)
	n, who := w.node(""), w.person()
	w.arrive(who, 3)
	c := n.connect(t, who, 2)
	c.ack(2) // before the hello, even
	c.hello(3, true).notices(3, 3)
	for _, cursor := range []int64{1, 2, 3, 3, 1} {
		c.ack(cursor)
	}
	w.awaitReceipts(hub.EventNotificationDelivered, who, 1)
	w.arrive(who, 1)
	c.notices(4, 4)
}

func TestTooManyFrames(t *testing.T) {
	w := newWorld(t)
	c := w.node("").connect(t, w.person(), 0).hello(0, true)
	for range 5002 {
		if c.ws.WriteMessage(websocket.TextMessage, []byte(`{"type":"ack","cursor":0}`)) != nil {
			break
		}
	}
	c.bye(live.CloseFlood)
}

// A client that does not read is told so once it reads again; until then little waits for it.
func TestASlowReader(t *testing.T) {
	w := newWorld(t)
	n, who := w.node("", func(o *live.Options) { o.Slow = limit }), w.person()
	c := n.connect(t, who, -1).hello(0, true)
	updates := make([]hub.Nudge, 1000)
	for i := range updates {
		updates[i] = hub.Nudge{Recipient: who, Notice: newID(), Update: true}
	}
	for range 200 { // 16 MB, more than the kernel takes
		n.Notify(updates)
	}
	c.bye(live.CloseSlow)
}

// A write that stalls makes a slow reader as well; one that never reads on is cut off.
func TestAReaderThatStopsForGood(t *testing.T) {
	w := newWorld(t)
	n := w.node("", func(o *live.Options) { o.Slow, o.Queue = 200*time.Millisecond, 64<<20 })
	who := w.person()
	n.connect(t, who, -1).hello(0, true)
	updates := make([]hub.Nudge, 1000)
	for i := range updates {
		updates[i] = hub.Nudge{Recipient: who, Notice: newID(), Update: true}
	}
	for range 200 {
		n.Notify(updates)
	}
	until(t, "the end of the connection", func() bool { return n.Connections() == 0 })
}

func TestASilentClientIsDropped(t *testing.T) {
	w := newWorld(t)
	n := w.node("", func(o *live.Options) { o.Ping = 200 * time.Millisecond })
	n.connect(t, w.person(), -1) // reads nothing, so answers no ping
	until(t, "its end", func() bool { return n.Connections() == 0 })
}

func TestAnOldConnectionSignsInAnew(t *testing.T) {
	w := newWorld(t)
	n := w.node("", func(o *live.Options) { o.Ping, o.MaxAge = 200*time.Millisecond, 300*time.Millisecond })
	n.connect(t, w.person(), -1).hello(0, true).bye(live.CloseRefresh)
}

func TestConnectionsAreBounded(t *testing.T) {
	w := newWorld(t)
	n := w.node("", func(o *live.Options) { o.PerPerson, o.Total = 2, 4 })
	who := w.person()
	oldest := n.connect(t, who, -1).hello(0, true)
	second := n.connect(t, who, -1).hello(0, true)
	n.connect(t, who, -1).hello(0, true)
	oldest.bye(live.CloseReplaced)
	n.connect(t, who, -1).hello(0, true)
	second.bye(live.CloseReplaced)
	until(t, "both gone", func() bool { return n.Connections() == 2 })
	for range 2 {
		n.connect(t, w.person(), -1).hello(0, true)
	}
	n.connect(t, w.person(), -1).bye(live.CloseFull)
	if got := n.Connections(); got != 4 {
		t.Errorf("%d connections", got)
	}
}

// DESIGN: one goroutine per idle connection, no timer, no writer that waits.
func TestAnIdleConnectionCostsOneGoroutine(t *testing.T) {
	const many = 100
	w := newWorld(t)
	n := w.node("")
	before := runtime.NumGoroutine()
	for range many {
		n.connect(t, w.person(), -1).hello(0, true)
	}
	until(t, "the writers' end", func() bool { return runtime.NumGoroutine()-before <= many+10 })
}

func TestStopSaysGoodbyeToEverybody(t *testing.T) {
	const many = 120
	w := newWorld(t)
	n, who := w.node(""), w.person()
	var clients []*client
	for range many {
		clients = append(clients, n.connect(t, w.person(), -1).hello(0, true))
	}
	w.arrive(who, 1)
	last := n.connect(t, who, 0).hello(1, true)
	last.notices(1, 1)
	retries := make(chan int64, many+1)
	for _, c := range append(clients, last) {
		go func() {
			ms := int64(-1)
			defer func() { retries <- ms }()
			ms = *c.bye(live.CloseRestart).Retry
		}()
	}
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	if err := n.Stop(ctx); err != nil {
		t.Fatal(err)
	}
	different := map[int64]bool{}
	for range many + 1 {
		ms := <-retries
		different[ms] = true
		if ms < 500 || ms > 1000 {
			t.Errorf("come back after %d ms", ms)
		}
	}
	if len(different) < many/4 {
		t.Errorf("only %d different times to come back", len(different))
	}
	_, answer, err := websocket.DefaultDialer.Dial(n.url, http.Header{"Test-Person": {who.String()}})
	if err == nil || answer.StatusCode != http.StatusServiceUnavailable || answer.Header.Get("Retry-After") == "" {
		t.Errorf("a stopped registry answers %v, %v", answer, err)
	}
	w.awaitReceipts(hub.EventConsignmentNotified, who, 1)
}
