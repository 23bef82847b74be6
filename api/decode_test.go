package api

import (
	"slices"
	"strings"
	"testing"
	"time"

	"eblagh/hub"
)

func TestBodyNamesEveryFieldAtOnce(t *testing.T) {
	for name, c := range map[string]struct {
		body     string
		pointers []string // pointer code
	}{
		"right":          {`{"reference":"r","case":{"number":"1"},"documents":[],"not_before":"2026-11-24T00:00:00+03:30"}`, nil},
		"null is absent": {`{"reference":null,"case":null,"documents":null,"not_before":null}`, nil},
		"wrong types": {`{"reference":1,"case":[],"kind":{},"documents":{"a":1},"subject":true,"priority":[[1]]}`,
			[]string{"/reference type", "/case type", "/kind type", "/documents type", "/subject type", "/priority type"}},
		"inside lists and objects": {`{"documents":["x","0196f0a0-0000-7000-8000-000000000000",7],"case":{"number":false,"branch_id":""}}`,
			[]string{"/documents/0 format", "/documents/2 type", "/case/number type", "/case/branch_id format"}},
		"times": {`{"not_before":"tomorrow","expires_at":17,"hearing_at":"0001-01-01T00:00:00Z"}`,
			[]string{"/not_before format", "/expires_at type", "/hearing_at format"}},
		"unknown":             {`{"colour":"blue","case":{"shade":{"deep":[1,{"a":2}]}}}`, []string{"/colour unknown", "/case/shade unknown"}},
		"unknown, not a name": {`{"0012345679":1,"case":{"a b":2}}`, []string{" unknown", "/case unknown"}},
		"repeated":            {`{"subject":"a","subject":"b"}`, []string{"/subject repeated"}},
		"not storable":        {`{"subject":"a\u0000b"}`, []string{"/subject characters"}},
		"not an object":       {`[{"subject":"a"}]`, []string{" type"}},
		"a text":              {`"0012345679"`, []string{" type"}},
	} {
		t.Run(name, func(t *testing.T) {
			var b Body[NewNotice]
			b.read([]byte(c.body))
			if b.err != nil {
				t.Fatal(b.err)
			}
			var got []string
			for _, f := range b.problems {
				got = append(got, f.Pointer+" "+f.Code)
				if strings.Contains(f.Detail, "0012345679") || strings.Contains(f.Detail, "blue") {
					t.Errorf("detail repeats a value: %s", f.Detail)
				}
			}
			if !slices.Equal(got, c.pointers) {
				t.Errorf("problems %q, want %q", got, c.pointers)
			}
		})
	}
}

func TestBodyKeepsValues(t *testing.T) {
	var b Body[NewNotice]
	b.read([]byte(`{"reference":"ر","channels":[],"documents":["0196F0A0-0000-7000-8000-000000000000"],
		"hearing_at":"2026-11-24T03:30:00.123456789+03:30"}`))
	n, err := b.take()
	if err != nil {
		t.Fatal(err)
	}
	if n.Reference != "ر" || n.Channels == nil || len(n.Documents) != 1 || n.Documents[0].String() != "0196f0a0-0000-7000-8000-000000000000" {
		t.Errorf("read %+v", n)
	}
	if want := time.Date(2026, 11, 24, 0, 0, 0, 123456000, time.UTC); !n.HearingAt.Equal(want) || n.HearingAt.Location() != time.UTC {
		t.Errorf("hearing_at %v, want %v", n.HearingAt, want)
	}
}

func TestPointerOf(t *testing.T) {
	for location, want := range map[string]string{
		"query.limit": "/query/limit", "body.a[0].b": "/a/0/b", "body": "", "query.a b": "/query", "query.0012345679": "/query",
		"query.X": "/query", "body.x[9].Y.z": "/x/9",
	} {
		if got := pointerOf(location); got != want {
			t.Errorf("pointerOf(%q) = %q, want %q", location, got, want)
		}
	}
}

func TestEveryCodeHasItsStatus(t *testing.T) {
	for _, code := range []hub.Code{
		hub.CodeValidation, hub.CodeNotFound, hub.CodeUnauthorized, hub.CodeForbidden, hub.CodeNotEnrolled,
		hub.CodeAlreadyEnrolled, hub.CodeDuplicateReference, hub.CodeIdempotencyMismatch, hub.CodeIdempotencyInFlight,
		hub.CodeTooLarge, hub.CodeUnsupportedDocument, hub.CodeWrongMode, hub.CodeWrongState, hub.CodeRateLimited,
		hub.CodeOverloaded, hub.CodeInternal,
	} {
		p := problemOf(&hub.Error{Code: code, Detail: "d", Cause: errPanic})
		if p.Type != problemBase+string(code) || p.Status < 400 || p.Title == "" {
			t.Errorf("%s: %+v", code, p)
		}
		if (code == hub.CodeInternal) != (p.Detail == "") {
			t.Errorf("%s: detail %q", code, p.Detail)
		}
		if retry := p.GetHeaders().Get("Retry-After"); (retry != "") != (code == hub.CodeRateLimited || code == hub.CodeOverloaded || code == hub.CodeIdempotencyInFlight) {
			t.Errorf("%s: Retry-After %q", code, retry)
		}
	}
	if p := problemOf(&hub.Error{Code: "new", Detail: "d"}); p.Status != 500 || p.Detail != "" {
		t.Errorf("a code without a place in the table: %+v", p)
	}
}
