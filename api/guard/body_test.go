package guard_test

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"eblagh/api/guard"
)

// serve answers with what reading a body, within the limit, came to. done is told when a handler has ended.
func serve(t *testing.T, limit time.Duration, then func(*http.Request)) (addr string, done chan error) {
	done = make(chan error, 8)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		guard.Hurry(w, r, limit)
		_, err := io.Copy(io.Discard, r.Body)
		if err == nil && then != nil {
			then(r)
		}
		if err != nil {
			w.WriteHeader(http.StatusRequestTimeout)
		}
		done <- err
	}))
	t.Cleanup(server.Close)
	return server.Listener.Addr().String(), done
}

func send(t *testing.T, addr, text string) (net.Conn, *bufio.Reader) {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if _, err := io.WriteString(conn, text); err != nil {
		t.Fatal(err)
	}
	return conn, bufio.NewReader(conn)
}

func TestASlowBodyEndsWithItsConnection(t *testing.T) {
	addr, done := serve(t, 50*time.Millisecond, nil)
	for _, text := range []string{
		"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n12345",
		"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n",
	} {
		_, answer := send(t, addr, text)
		if err := <-done; err == nil {
			t.Error("half a body was taken")
		}
		response, err := http.ReadResponse(answer, nil)
		if err != nil || response.StatusCode != http.StatusRequestTimeout || !response.Close {
			t.Fatalf("%+v, %v", response, err)
		}
		_, _ = io.Copy(io.Discard, response.Body)
		if _, err := answer.ReadByte(); err != io.EOF {
			t.Errorf("the connection is open: %v", err)
		}
	}
}

// What is done with a body that came in time may take longer than the body had; the connection serves on.
func TestTheTimeOfABodyIsNotThatOfTheCall(t *testing.T) {
	const limit = 400 * time.Millisecond // far more than the body needs on a busy machine
	addr, done := serve(t, limit, func(r *http.Request) {
		select {
		case <-r.Context().Done():
			t.Error("the call was cut off")
		case <-time.After(2 * limit):
		}
	})
	conn, answer := send(t, addr, "")
	for range 2 {
		if _, err := io.WriteString(conn, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\n12345"); err != nil {
			t.Fatal(err)
		}
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		response, err := http.ReadResponse(answer, nil)
		if err != nil || response.StatusCode != http.StatusOK || response.Close {
			t.Fatalf("%+v, %v", response, err)
		}
		_, _ = io.Copy(io.Discard, response.Body)
	}
}
