package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// arrivals hears of every notice that a socket shows.
type arrivals func(person int, cursor int64, notice string, at time.Time)

// audience is many open sockets, read by this process.
type audience struct {
	mu      sync.Mutex
	sockets []*websocket.Conn
	broken  error // the first that ended by itself
	closing bool
	readers sync.WaitGroup
}

// connect opens n sockets, the i-th where at says, and reads them. It returns when all are open.
func connect(ctx context.Context, n int, at func(i int) (url string, header http.Header), heard arrivals) (*audience, error) {
	a := &audience{sockets: make([]*websocket.Conn, n)}
	dialer := &websocket.Dialer{HandshakeTimeout: 30 * time.Second, ReadBufferSize: 512, WriteBufferSize: 512,
		WriteBufferPool: &sync.Pool{}}
	err := crowd(64, n, func(i int) error {
		url, header := at(i)
		ws, res, err := dialer.DialContext(ctx, url, header)
		if err != nil {
			status := 0
			if res != nil {
				status = res.StatusCode
			}
			return fmt.Errorf("socket %d: status %d: %w", i, status, err)
		}
		a.sockets[i] = ws
		a.readers.Go(func() { a.read(i, ws, heard) })
		return nil
	})
	if err != nil {
		a.close()
		return nil, err
	}
	return a, nil
}

func (a *audience) read(i int, ws *websocket.Conn, heard arrivals) {
	for {
		_, data, err := ws.ReadMessage()
		now := time.Now()
		if err != nil {
			a.mu.Lock()
			if !a.closing && a.broken == nil {
				a.broken = fmt.Errorf("socket %d: %w", i, err)
			}
			a.mu.Unlock()
			return
		}
		if heard == nil {
			continue
		}
		var frame struct {
			Type   string
			Cursor int64
			Notice struct{ ID string }
		}
		if json.Unmarshal(data, &frame) == nil && frame.Type == "notice" {
			heard(i, frame.Cursor, frame.Notice.ID, now)
		}
	}
}

// close ends all sockets at once, as a network that goes away does. Errors: one had ended before.
func (a *audience) close() error {
	a.mu.Lock()
	a.closing = true
	broken := a.broken
	a.mu.Unlock()
	for _, ws := range a.sockets {
		if ws != nil {
			_ = ws.NetConn().Close()
		}
	}
	a.readers.Wait()
	return broken
}

// liveAt is where a person's socket is, from a cursor on.
func (r *rig) liveAt(p person, after int64) (string, http.Header) {
	url := fmt.Sprintf("%s/v1/live?after=%d", strings.Replace(r.dev.BaseURL, "http", "ws", 1), after)
	return url, http.Header{"Cookie": {p.cookie.Name + "=" + p.cookie.Value}}
}
