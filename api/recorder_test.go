package api

import (
	"bytes"
	"net/http"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// What is stored comes back as it was answered; a long answer takes little room.
func TestStoredAnswersComeBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		body := []byte(strings.Repeat(rapid.String().Draw(t, "part"), rapid.IntRange(0, 3000).Draw(t, "times")))
		in := &recorder{header: http.Header{"Location": {"/v1/notices/x"}}}
		_, _ = in.Write(body)
		out := &recorder{header: http.Header{}}
		if err := out.decode(in.encode()); err != nil || !bytes.Equal(out.body.Bytes(), body) || out.header.Get("Location") != "/v1/notices/x" {
			t.Fatalf("%d bytes became %d, %v, %v", len(body), out.body.Len(), out.header, err)
		}
	})
	long := &recorder{header: http.Header{}}
	_, _ = long.Write([]byte(strings.Repeat(`{"index":1,"status":201}`, 5000)))
	if n := len(long.encode()); n > long.body.Len()/10 {
		t.Errorf("%d bytes are stored of %d", n, long.body.Len())
	}
}

// Answers that were stored before they were packed, and what is none, are told apart.
func TestStoredAnswersOfOld(t *testing.T) {
	out := &recorder{header: http.Header{}}
	if err := out.decode([]byte("{\"A\":[\"b\"]}\n" + strings.Repeat("x", 10_000))); err != nil || out.header.Get("A") != "b" || out.body.Len() != 10_000 {
		t.Errorf("%v, %v, %d", err, out.header, out.body.Len())
	}
	for name, stored := range map[string]string{"nothing": "", "no head": "{}", "cut": "\x28\xb5\x2f\xfd\x00"} {
		if err := (&recorder{header: http.Header{}}).decode([]byte(stored)); err == nil {
			t.Errorf("%s was read", name)
		}
	}
}
