package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"time"
)

const batchSize = 5000

var codeDigits = regexp.MustCompile(`(?:^|\D)(\d{8})(?:\D|$)`)

// call sends JSON and wants the given status.
func (r *rig) call(ctx context.Context, key, method, path string, status int, in, out any, header ...string) error {
	encoded, err := json.Marshal(in)
	if err != nil {
		return err
	}
	return r.send(ctx, key, method, path, status, encoded, out, header...)
}

// send waits as long as the hub asks to when it does not accept papers at the moment: pauses are part of the rate.
func (r *rig) send(ctx context.Context, key, method, path string, status int, body []byte, out any, header ...string) error {
	for {
		again, err := r.sendOnce(ctx, key, method, path, status, body, out, header...)
		if again == 0 {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(again):
		}
	}
}

func (r *rig) sendOnce(ctx context.Context, key, method, path string, status int, body []byte, out any,
	header ...string) (again time.Duration, _ error) {
	req, err := http.NewRequestWithContext(ctx, method, r.dev.BaseURL+path, bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	req.Header.Set("Content-Type", "application/json")
	if key != "" {
		req.Header.Set("Authorization", "Bearer "+key)
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		return 0, err
	}
	if seconds, err := strconv.Atoi(res.Header.Get("Retry-After")); err == nil && res.StatusCode == http.StatusServiceUnavailable {
		return time.Duration(max(seconds, 1)) * time.Second, nil
	}
	if res.StatusCode != status {
		return 0, fmt.Errorf("%s %s: status %d: %.300s", method, path, res.StatusCode, answer)
	}
	if out == nil {
		return 0, nil
	}
	return 0, json.Unmarshal(answer, out)
}

// enrol makes activated recipients the way an office does.
func (r *rig) enrol(ctx context.Context, n int) ([]string, error) {
	ids := make([]string, n)
	for i := range ids {
		ids[i] = nationalID(660123000 + i)
		mobile := fmt.Sprintf("+98990666%04d", i)
		err := r.call(ctx, r.dev.Keys["office"], "POST", "/v1/recipients", http.StatusCreated, map[string]string{
			"kind": "natural", "national_id": ids[i], "given_name": "نمونه", "family_name": "سنجش", "mobile": mobile}, nil)
		if err != nil {
			return nil, err
		}
		code, err := r.code(ctx, mobile)
		if err != nil {
			return nil, err
		}
		err = r.call(ctx, "", "POST", "/v1/activation", http.StatusNoContent, map[string]string{
			"national_id": ids[i], "activation_code": code, "personal_code": fmt.Sprintf("83%08d", 51920437+i*7)}, nil)
		if err != nil {
			return nil, err
		}
	}
	return ids, nil
}

// code waits for the activation code that the sandbox provider sent.
func (r *rig) code(ctx context.Context, mobile string) (string, error) {
	for range 400 {
		var page struct{ Items []struct{ Text string } }
		if err := r.call(ctx, "", "GET", "/dev/phones/"+mobile, http.StatusOK, nil, &page); err != nil {
			return "", err
		}
		for _, text := range page.Items {
			if m := codeDigits.FindStringSubmatch(text.Text); m != nil {
				return m[1], nil
			}
		}
		select {
		case <-ctx.Done():
			return "", ctx.Err()
		case <-time.After(25 * time.Millisecond):
		}
	}
	return "", errors.New("no activation code came")
}

// batches prepares the bodies of all submissions, so that making them is not measured.
func batches(people []string, notices int) ([][]byte, error) {
	var bodies [][]byte
	for offset := 0; offset < notices; offset += batchSize {
		var papers []map[string]any
		for i := offset; i < offset+batchSize; i++ {
			papers = append(papers, map[string]any{
				"reference": fmt.Sprintf("bench-%08d", i), "kind": "hearing_notice", "capacity": "defendant",
				"case":      map[string]any{"number": fmt.Sprintf("14031234567%07d", i/4)},
				"addressee": map[string]any{"national_id": people[i%len(people)]},
				"subject":   "اخطاریه نمونه برای سنجش", "body": "متن نمونه", "documents": []string{},
			})
		}
		b, err := json.Marshal(map[string]any{"notices": papers})
		if err != nil {
			return nil, err
		}
		bodies = append(bodies, b)
	}
	return bodies, nil
}

func nationalID(nine int) string {
	s, sum := fmt.Sprintf("%09d", nine), 0
	for i := range 9 {
		sum += int(s[i]-'0') * (10 - i)
	}
	if sum %= 11; sum >= 2 {
		sum = 11 - sum
	}
	return s + fmt.Sprint(sum)
}
