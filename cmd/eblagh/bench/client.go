package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"
)

// newClient keeps as many connections open as there are callers.
func newClient(callers int) *http.Client {
	return &http.Client{Transport: &lean{make(chan *leanConn, callers)}}
}

// errBusy is an answer that asks to come again later.
var errBusy = errors.New("the hub asks to come again later")

// post sends a body as the court, once. Errors: errBusy with how long to wait; any other status than the wanted one.
func (r *rig) post(ctx context.Context, client *http.Client, path string, status int, body []byte, out any, header ...string) (again time.Duration, err error) {
	req, err := r.request(ctx, r.dev.Keys["court"], http.MethodPost, path, body)
	if err != nil {
		return 0, err
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := client.Do(req)
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	switch {
	case err != nil:
		return 0, err
	case res.StatusCode == http.StatusServiceUnavailable || res.StatusCode == http.StatusTooManyRequests:
		seconds, err := strconv.Atoi(res.Header.Get("Retry-After"))
		if err != nil {
			return 0, fmt.Errorf("status %d without Retry-After", res.StatusCode)
		}
		return time.Duration(max(seconds, 1)) * time.Second, errBusy
	case res.StatusCode != status:
		return 0, fmt.Errorf("%s: status %d: %.300s", path, res.StatusCode, answer)
	case out == nil:
		return 0, nil
	}
	return 0, json.Unmarshal(answer, out)
}

func (r *rig) request(ctx context.Context, key, method, path string, body []byte) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, method, r.dev.BaseURL+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+key)
	return req, nil
}

// call is for what is not measured: any status below 300 is well.
func (r *rig) call(ctx context.Context, key, method, path string, body []byte, out any) error {
	req, err := r.request(ctx, key, method, path, body)
	if err != nil {
		return err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	switch {
	case err != nil:
		return err
	case res.StatusCode >= http.StatusMultipleChoices:
		return fmt.Errorf("%s %s: status %d: %.300s", method, path, res.StatusCode, answer)
	case out == nil:
		return nil
	}
	return json.Unmarshal(answer, out)
}

// insist is post, again as the hub asks: pauses are part of what is measured.
func (r *rig) insist(ctx context.Context, client *http.Client, path string, status int, body []byte, out any, header ...string) error {
	for {
		again, err := r.post(ctx, client, path, status, body, out, header...)
		if !errors.Is(err, errBusy) {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(again):
		}
	}
}

// newPaper is a paper as it is submitted.
type newPaper struct {
	Reference string `json:"reference"`
	Kind      string `json:"kind"`
	Capacity  string `json:"capacity"`
	Case      struct {
		Number string `json:"number"`
	} `json:"case"`
	Addressee struct {
		NationalID string `json:"national_id"`
	} `json:"addressee"`
	Subject   string   `json:"subject"`
	Body      string   `json:"body"`
	Documents []string `json:"documents"`
	Channels  []string `json:"channels,omitempty"`
}

// paper is one to a person, in a case that four papers share.
func paper(reference string, n int, to person, channels ...string) newPaper {
	p := newPaper{Reference: reference, Kind: "hearing_notice", Capacity: "defendant", Subject: "اخطاریه نمونه برای سنجش",
		Body: "متن نمونه", Documents: []string{}, Channels: channels}
	p.Case.Number = fmt.Sprintf("14031234567%07d", n/4)
	p.Addressee.NationalID = to.nationalID
	return p
}

// batch is the body of a batch of papers with the numbers from first on, each to another of the people.
func batch(prefix string, first, size int, people []person, channels ...string) ([]byte, error) {
	papers := make([]newPaper, size)
	for i := range papers {
		n := first + i
		papers[i] = paper(fmt.Sprintf("%s-%08d", prefix, n), n, people[n%len(people)], channels...)
	}
	return json.Marshal(map[string]any{"notices": papers})
}
