package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"eblagh/api"
)

// raw sends bytes as they are and reads every answer until the server ends the connection or says no more within the time.
func raw(t *testing.T, addr, request string) (answers []*http.Response, bodies []string, ended bool) {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
	if _, err := io.WriteString(conn, request); err != nil {
		t.Fatal(err)
	}
	reader := bufio.NewReader(conn)
	for {
		answer, err := http.ReadResponse(reader, nil)
		if err != nil {
			return answers, bodies, errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) ||
				strings.Contains(err.Error(), "reset")
		}
		body, _ := io.ReadAll(answer.Body)
		answers, bodies = append(answers, answer), append(bodies, string(body))
		if answer.Close {
			_, err := reader.ReadByte()
			return answers, bodies, err != nil
		}
	}
}

// RFC 9112 §3, §5 and §6: what two readers could read in two ways is refused, and ends the connection, so that nothing
// hides behind it.
func TestWhatCanBeReadInTwoWaysIsRefused(t *testing.T) {
	w := newMatrixWorld(t)
	cookie := "Cookie: " + w.named("the citizen").cookie.String() + "\r\n"
	hidden := "GET /v1/me HTTP/1.1\r\nHost: h\r\n" + cookie + "Connection: close\r\n\r\n"
	for name, request := range map[string]string{
		"two lengths":                    "POST /v1/session HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nContent-Length: 40\r\n\r\n{}" + hidden,
		"two lengths in one line":        "POST /v1/session HTTP/1.1\r\nHost: h\r\nContent-Length: 2, 40\r\n\r\n{}" + hidden,
		"a length with a sign":           "POST /v1/session HTTP/1.1\r\nHost: h\r\nContent-Length: +2\r\n\r\n{}" + hidden,
		"a length below zero":            "POST /v1/session HTTP/1.1\r\nHost: h\r\nContent-Length: -2\r\n\r\n{}" + hidden,
		"a length in hexadecimal":        "POST /v1/session HTTP/1.1\r\nHost: h\r\nContent-Length: 0x2\r\n\r\n{}" + hidden,
		"an encoding of no kind":         "POST /v1/session HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + hidden,
		"chunked twice":                  "POST /v1/session HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n" + hidden,
		"an encoding in HTTP/1.0":        "POST /v1/session HTTP/1.0\r\nHost: h\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + hidden,
		"a space before the colon":       "POST /v1/session HTTP/1.1\r\nHost: h\r\nContent-Length : 2\r\n\r\n{}" + hidden,
		"a name with a line end":         "POST /v1/session HTTP/1.1\r\nHost: h\r\nX\rY: 2\r\n\r\n{}" + hidden,
		"a chunk of no size":             "POST /v1/session HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n" + hidden,
		"a chunk too large for a number": "POST /v1/session HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n{}\r\n0\r\n\r\n" + hidden,
		"no host":                        "GET /v1/me HTTP/1.1\r\n" + cookie + "\r\n" + hidden,
		"two hosts":                      "GET /v1/me HTTP/1.1\r\nHost: h\r\nHost: evil.example\r\n" + cookie + "\r\n" + hidden,
		"a host that is none":            "GET /v1/me HTTP/1.1\r\nHost: h evil\r\n" + cookie + "\r\n" + hidden,
		"a version of no kind":           "GET /v1/me HTTP/9.9\r\nHost: h\r\n" + cookie + "\r\n" + hidden,
		"no version":                     "GET /v1/me\r\n\r\n" + hidden,
		"a header without a name":        "GET /v1/me HTTP/1.1\r\nHost: h\r\n: x\r\n" + cookie + "\r\n" + hidden,
		"headers without end":            "GET /v1/me HTTP/1.1\r\nHost: h\r\n" + strings.Repeat("X-Demo: "+strings.Repeat("x", 1000)+"\r\n", 100) + cookie + "\r\n" + hidden,
		"one header without end":         "GET /v1/me HTTP/1.1\r\nHost: h\r\nX-Demo: " + strings.Repeat("x", 100_000) + "\r\n" + cookie + "\r\n" + hidden,
		"an address without end":         "GET /v1/me?" + strings.Repeat("x", 100_000) + " HTTP/1.1\r\nHost: h\r\n" + cookie + "\r\n" + hidden,
	} {
		answers, bodies, ended := raw(t, w.app.Addr().String(), request)
		if !ended || len(answers) != 1 || answers[0].StatusCode < 400 || answers[0].StatusCode >= 600 {
			t.Errorf("%s: ended %v, %d answers %q", name, ended, len(answers), bodies)
		}
		if text := strings.Join(bodies, ""); strings.Contains(text, w.people["the citizen"].String()) {
			t.Errorf("%s: what was hidden behind it was answered", name)
		}
	}
	if _, bodies, _ := raw(t, w.app.Addr().String(), hidden); !strings.Contains(strings.Join(bodies, ""), w.people["the citizen"].String()) {
		t.Fatal("what was hidden is not answered by itself: nothing was tried")
	}
}

// An address has one name: no dots, doubled or encoded slashes, cases or parameters lead around a check, and no header
// stands for another address or method.
func TestAddressesHaveNoOtherNames(t *testing.T) {
	w := newMatrixWorld(t)
	citizen := "Cookie: " + w.named("the citizen").cookie.String() + "\r\n"
	operator := "Cookie: " + w.named("operator").cookie.String() + "\r\n"
	lanes := regexp.MustCompile(`name="channel"|"lanes"|"counts"`)
	show := func(target, headers string) (int, string, string) {
		answers, bodies, _ := raw(t, w.app.Addr().String(), "GET "+target+" HTTP/1.1\r\nHost: hub.example\r\nConnection: close\r\n"+headers+"\r\n")
		if len(answers) != 1 {
			t.Fatalf("%s: %d answers", target, len(answers))
		}
		return answers[0].StatusCode, answers[0].Header.Get("Location"), bodies[0]
	}
	for _, page := range []string{"/operator", "/v1/lanes"} {
		if status, _, body := show(page, operator); status != 200 || !lanes.MatchString(body) {
			t.Fatalf("%s shows its operator nothing to look for: %d %.300s", page, status, body)
		}
		last := page[1:]
		for _, target := range []string{page, page + "/", page + "//", "/" + page, "/." + page, "/x/.." + page, page + "/.", page + "/x/..", page + "%2f",
			"/inbox/.." + page, "/inbox/%2e%2e" + page, "/inbox%2f.." + page, "/inbox/..%2f" + last, "/static/.." + page, "/static/..%2f" + last,
			"/static/%2e%2e%2f" + last, page + ";x=y", "/inbox;/.." + page, page + "%00", page + "%20", page + "%09", page + "?x=%00", page + "#x", "/%2e" + page,
			strings.ToUpper(page), `\` + last, "/%5c" + last, "http://hub.example" + page, "http://evil.example" + page, "//evil.example" + page,
			page + ".json", page + "/index.html", "/docs/.." + page, "/v1/live/../.." + page, "/%2f" + last, "/..%c0%af" + last, "*"} {
			for who, cookie := range map[string]string{"the citizen": citizen, "nobody": ""} {
				for _, header := range []string{"", "X-Original-URL: " + page + "\r\nX-Rewrite-URL: " + page + "\r\nX-Forwarded-Prefix: " + page + "\r\n",
					"X-Forwarded-For: 127.0.0.1\r\nX-Real-IP: 127.0.0.1\r\nX-Forwarded-Host: evil.example\r\nX-Forwarded-Proto: https\r\nForwarded: for=127.0.0.1;host=evil.example\r\n",
					"X-Eblagh-Role: operator\r\nX-Remote-User: operator\r\nAuthorization: Basic b3BlcmF0b3I6\r\n"} {
					status, location, body := show(target, cookie+header)
					if status < 300 && lanes.MatchString(body) || strings.Contains(body+location, "evil.example") && !strings.Contains(target, "evil.example") ||
						leadsAway(location) || status >= 500 {
						t.Errorf("%s as %s with %q: %d to %q", target, who, header, status, location)
					}
				}
			}
		}
	}
	hold := w.hold("hold").ids()["hold"]
	for _, header := range []string{"X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override", "_method"} {
		answers, _, _ := raw(t, w.app.Addr().String(), fmt.Sprintf("POST /v1/holds/%s?_method=DELETE HTTP/1.1\r\nHost: h\r\n%s: DELETE\r\n%sConnection: close\r\nContent-Length: 0\r\n\r\n",
			hold, header, operator))
		if len(answers) != 1 || answers[0].StatusCode != http.StatusMethodNotAllowed {
			t.Errorf("%s: %v", header, answers)
		}
	}
}

// A body that never ends is cut off at its limit, one that declares too much before it is read, and others are served
// meanwhile.
func TestEndlessBodiesAreCutOff(t *testing.T) {
	w := newMatrixWorld(t)
	for _, target := range []string{"/v1/session", "/sign-in", "/v1/notices"} {
		head := "POST " + target + " HTTP/1.1\r\nHost: h\r\nSec-Fetch-Site: same-origin\r\n"
		kind := "Content-Type: application/json\r\n"
		if target == "/sign-in" {
			kind = "Content-Type: application/x-www-form-urlencoded\r\n"
		}
		if target == "/v1/notices" {
			kind += "Authorization: Bearer " + w.named("the court's system").key + "\r\n"
		}
		answers, _, ended := raw(t, w.app.Addr().String(), head+kind+"Content-Length: 99999999999\r\n\r\n{")
		if target != "/sign-in" && (!ended || len(answers) != 1 || answers[0].StatusCode != http.StatusRequestEntityTooLarge) {
			t.Errorf("%s: a declared flood: %v, ended %v", target, answers, ended)
		}
		conn, err := net.Dial("tcp", w.app.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		_ = conn.SetDeadline(time.Now().Add(30 * time.Second))
		_, err = io.WriteString(conn, head+kind+"Transfer-Encoding: chunked\r\n\r\n")
		chunk := "1000\r\n" + strings.Repeat("a", 0x1000) + "\r\n"
		sent := 0
		for ; err == nil && sent < 64<<20; sent += 0x1000 {
			_, err = io.WriteString(conn, chunk)
			if sent == 64<<10 {
				if status, _ := get(t, w.app.Addr(), "/livez"); status != http.StatusOK {
					t.Errorf("meanwhile others are answered %d", status)
				}
			}
		}
		if err == nil {
			t.Errorf("%s: took %d MB", target, sent>>20)
		}
		conn.Close()
	}
}

// Slow heads hold nobody up: each connection is ended in its time, while others are served.
func TestSlowHeadsAreEnded(t *testing.T) {
	const slow = 12
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := api.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok") }), slog.New(slog.DiscardHandler))
	if server.ReadHeaderTimeout <= 0 || server.ReadHeaderTimeout > 15*time.Second || server.ReadTimeout <= 0 || server.WriteTimeout <= 0 ||
		server.IdleTimeout <= 0 || server.MaxHeaderBytes > 64<<10 || server.MaxHeaderBytes <= 0 {
		t.Errorf("a limit is missing: %+v", server)
	}
	server.ReadHeaderTimeout = 100 * time.Millisecond
	go func() { _ = server.Serve(ln) }()
	t.Cleanup(func() { server.Close() })
	ended := make(chan error, slow)
	for range slow {
		conn, err := net.Dial("tcp", ln.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		go func() {
			_ = conn.SetReadDeadline(time.Now().Add(20 * time.Second))
			_, _ = io.WriteString(conn, "GET / HTTP/1.1\r\nHost: h\r\nX-Slow: ")
			_, err := io.ReadAll(conn)
			ended <- err
		}()
	}
	if status, _ := get(t, ln.Addr(), "/"); status != http.StatusOK {
		t.Errorf("meanwhile others are answered %d", status)
	}
	for range slow {
		if err := <-ended; err != nil && !strings.Contains(err.Error(), "reset") {
			t.Errorf("a slow head was not ended: %v", err)
		}
	}
}
