package live

import (
	"bufio"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/gorilla/websocket"

	"eblagh/hub"
)

// ServeHTTP upgrades GET /v1/live?after=CURSOR of a signed-in person to a websocket, and returns: the connection lives
// on without the handler. Without a cursor it begins with what arrives from now on.
func (r *Registry) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	if r.stopping.Load() {
		refuse(w, http.StatusServiceUnavailable, hub.Refuse(hub.CodeOverloaded, "this process stops; try again"))
		return
	}
	if req.Method != http.MethodGet || !websocket.IsWebSocketUpgrade(req) {
		w.Header().Set("Upgrade", "websocket")
		refuse(w, http.StatusUpgradeRequired, hub.Refuse(hub.CodeValidation, "the live channel is a websocket"))
		return
	}
	if !sameOrigin(req) {
		refuse(w, http.StatusForbidden, hub.Refuse(hub.CodeForbidden, "pages of other sites may not connect"))
		return
	}
	viewer, err := r.o.Authenticate(req)
	if err != nil {
		if hub.CodeOf(err) == hub.CodeInternal {
			r.o.Logger.ErrorContext(req.Context(), "live: cannot tell who connects", "error", err)
		}
		refuseUnknown(w, err)
		return
	}
	after, err := readAfter(req.URL.Query())
	if err != nil {
		refuse(w, http.StatusUnprocessableEntity, &hub.Error{Code: hub.CodeValidation, Detail: "some fields are not right",
			Fields: []hub.Field{{Pointer: "/query/after", Code: "invalid", Detail: "a cursor is a whole number from 0 on"}}})
		return
	}
	ws, err := r.upgrader.Upgrade(hijacker{w}, req, nil)
	if err != nil {
		return // the upgrader has answered
	}
	r.admit(ws, viewer, after)
}

// admit begins a connection, unless there are too many.
func (r *Registry) admit(ws *websocket.Conn, viewer Viewer, after int64) {
	if r.total.Add(1) > int64(r.o.Total) {
		r.total.Add(-1)
		_ = ws.SetWriteDeadline(time.Now().Add(time.Second))
		for _, f := range byeFrames(CloseFull, 2*time.Second+rand.N(8*time.Second)) {
			_ = f.write(ws) // who is gone need not be told
		}
		_ = ws.Close()
		return
	}
	c := newConn(r, ws, viewer, after)
	if oldest := r.add(c); oldest != nil {
		oldest.leave(CloseReplaced, 0)
	}
	r.wheel.add(c)
	go c.read()
	c.mu.Lock()
	c.want()
	c.mu.Unlock()
	if r.stopping.Load() { // Stop may have counted before this one was in
		c.leave(CloseRestart, time.Second)
	}
}

// sameOrigin lets in who sends no origin (not a browser) and pages of the same host.
func sameOrigin(req *http.Request) bool {
	origins := req.Header["Origin"]
	if len(origins) == 0 {
		return true
	}
	u, err := url.Parse(origins[0])
	return err == nil && len(origins) == 1 && strings.EqualFold(u.Host, req.Host)
}

// readAfter gives the cursor, -1 when there is none.
func readAfter(query url.Values) (int64, error) {
	if !query.Has("after") {
		return -1, nil
	}
	n, err := strconv.ParseUint(query.Get("after"), 10, 63)
	return int64(n), err
}

// hijacker finds the connection under writers that others have wrapped.
type hijacker struct{ http.ResponseWriter }

// Hijack implements http.Hijacker.
func (h hijacker) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	return http.NewResponseController(h.ResponseWriter).Hijack()
}
