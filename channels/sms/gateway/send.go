package gateway

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"strings"
	"sync"
	"sync/atomic"

	"eblagh/hub"
)

var errTooLong = errors.New("the answer is too long")

// Send implements hub.Sender: one call per text, so many at once as the window allows.
func (g *Gateway) Send(ctx context.Context, texts []hub.Text) []hub.Sent {
	sent, turns := make([]hub.Sent, len(texts)), make(chan struct{}, g.o.Window)
	var all sync.WaitGroup
	for i, text := range texts {
		turns <- struct{}{}
		all.Go(func() {
			defer func() { <-turns }()
			sent[i] = g.sendOne(ctx, text)
		})
	}
	all.Wait()
	var ids []string
	for _, s := range sent {
		if s.Outcome == hub.OutcomeAccepted {
			ids = append(ids, s.MessageID)
		}
	}
	g.expect(ids)
	return sent
}

func (g *Gateway) sendOne(ctx context.Context, text hub.Text) hub.Sent {
	body, err := json.Marshal(g.fields(text))
	if err != nil {
		return hub.Sent{Attempt: text.Attempt, Outcome: hub.OutcomeRejected, Reason: hub.ReasonProvider}
	}
	status, answer, left, err := g.call(ctx, g.o.URL, body)
	r, id := silent, ""
	switch {
	case err == nil:
		r, id = g.byAnswer(status, answer)
	case !left:
		r = elsewhere
	case status != 0 && byStatus(status) != accepted: // the status came, what followed did not
		r = byStatus(status)
	}
	return hub.Sent{Attempt: text.Attempt, Outcome: r.Outcome, Reason: r.Reason, MessageID: id}
}

// fields is the body of a call, under the gateway's names.
func (g *Gateway) fields(text hub.Text) map[string]string {
	values := map[string]string{"text": text.Body, "sender": g.o.Sender, "mobile": g.number(text.To),
		"id": fmt.Sprintf("%s-%d", text.Attempt.Delivery, text.Attempt.N)}
	body := make(map[string]string, len(g.o.Body))
	for field, source := range g.o.Body {
		body[field] = values[source]
	}
	return body
}

func (g *Gateway) number(m hub.Mobile) string {
	digits := strings.TrimPrefix(string(m), "+")
	switch g.o.Mobile {
	case "digits":
		return digits
	case "local":
		return "0" + strings.TrimPrefix(digits, "98")
	}
	return string(m)
}

// call posts JSON and reads the answer. Left reports whether the whole head of the call was written: from then on the
// gateway may act on it. A status beside an error is one whose answer was cut or too long. Errors hold no address.
func (g *Gateway) call(ctx context.Context, url string, body []byte) (status int, answer []byte, left bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, g.o.Timeout)
	defer cancel()
	var wrote atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{WroteHeaders: func() { wrote.Store(true) }})
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return 0, nil, false, errors.New("the call cannot be made")
	}
	r.GetBody = nil // a call that failed half-way must not be repeated by the transport
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "application/json")
	for name, value := range g.o.Headers {
		r.Header.Set(name, value)
	}
	resp, err := g.client.Do(r)
	if err != nil {
		return 0, nil, wrote.Load(), errors.New("the call was not answered")
	}
	defer func() { _ = resp.Body.Close() }()
	answer, err = io.ReadAll(io.LimitReader(resp.Body, mostBytes+1))
	if err == nil && len(answer) > mostBytes {
		err = errTooLong
	}
	return resp.StatusCode, answer, true, err
}
