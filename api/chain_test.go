package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"eblagh/api/guard"
	"eblagh/api/signin"
	"eblagh/hub"
)

const secret = "0012345679"

func TestRefusals(t *testing.T) {
	b := newBench(t)
	nobody := []string{"Authorization", ""}
	asAdmin := []string{"Authorization", "Bearer ebk_test_admin"}
	for name, c := range map[string]struct {
		method, path, body string
		headers            []string
		status             int
		code               hub.Code
		pointers           []string
	}{
		"unknown call":           {"GET", "/v1/" + secret, "", nil, 404, hub.CodeNotFound, nil},
		"path not clean":         {"GET", "/v1//notices", "", nil, 404, hub.CodeNotFound, nil},
		"path with a dot":        {"GET", "/v1/x/../notices", "", nil, 404, hub.CodeNotFound, nil},
		"trailing slash":         {"GET", "/v1/notices/", "", nil, 404, hub.CodeNotFound, nil},
		"unknown method":         {"PUT", "/v1/notices", "{}", nil, 405, hub.CodeNotFound, nil},
		"nobody":                 {"GET", "/v1/notices", "", nobody, 401, hub.CodeUnauthorized, nil},
		"unknown key":            {"GET", "/v1/notices", "", []string{"Authorization", "Bearer ebk_" + secret}, 401, hub.CodeUnauthorized, nil},
		"another scheme":         {"GET", "/v1/notices", "", []string{"Authorization", "Basic " + secret}, 401, hub.CodeUnauthorized, nil},
		"key of the other mode":  {"GET", "/v1/notices", "", []string{"Authorization", "Bearer ebk_live_court"}, 403, hub.CodeWrongMode, nil},
		"no role for it":         {"POST", "/v1/branches", "{}", nil, 403, hub.CodeForbidden, nil},
		"people only":            {"GET", "/v1/sessions", "", nil, 403, hub.CodeForbidden, nil},
		"a key has no inbox":     {"GET", "/v1/inbox", "", nil, 403, hub.CodeForbidden, nil},
		"no media type":          {"POST", "/v1/notices", "{}", []string{"Content-Type", ""}, 415, hub.CodeValidation, []string{"/header/content_type"}},
		"a form":                 {"POST", "/v1/notices", "a=b", []string{"Content-Type", "application/x-www-form-urlencoded"}, 415, hub.CodeValidation, []string{"/header/content_type"}},
		"document not declared":  {"POST", "/v1/documents", "%PDF", nil, 415, hub.CodeUnsupportedDocument, []string{"/header/content_type"}},
		"no body":                {"POST", "/v1/notices", "", []string{"Content-Type", "application/json"}, 400, hub.CodeValidation, []string{""}},
		"broken JSON":            {"POST", "/v1/notices", `{"reference":"` + secret, nil, 400, hub.CodeValidation, []string{""}},
		"two values":             {"POST", "/v1/notices", `{} {}`, nil, 400, hub.CodeValidation, []string{""}},
		"wrong shape":            {"POST", "/v1/notices", `{"reference":{},"x y":1,"` + secret + `":2,"documents":["` + secret + `"]}`, nil, 422, hub.CodeValidation, []string{"/reference", "", "", "/documents/0"}},
		"wrong limit":            {"GET", "/v1/notices?limit=0", "", nil, 422, hub.CodeValidation, []string{"/query/limit"}},
		"limit too high":         {"GET", "/v1/notices?limit=101", "", nil, 422, hub.CodeValidation, []string{"/query/limit"}},
		"limit is no number":     {"GET", "/v1/notices?limit=" + secret + "x", "", nil, 422, hub.CodeValidation, []string{"/query/limit"}},
		"unknown parameter":      {"GET", "/v1/notices?" + secret + "=1", "", nil, 422, hub.CodeValidation, []string{"/query"}},
		"parameter given twice":  {"GET", "/v1/notices?reference=a&reference=b", "", nil, 422, hub.CodeValidation, []string{"/query/reference"}},
		"NUL in a parameter":     {"GET", "/v1/notices?reference=%00", "", nil, 422, hub.CodeValidation, []string{"/query/reference"}},
		"no UTF-8 in parameter":  {"GET", "/v1/notices?reference=%ff", "", nil, 422, hub.CodeValidation, []string{"/query/reference"}},
		"broken escape":          {"GET", "/v1/notices?reference=%zz", "", nil, 400, hub.CodeValidation, []string{"/query"}},
		"unknown status":         {"GET", "/v1/notices?delivery_status=" + secret, "", nil, 422, hub.CodeValidation, []string{"/query/delivery_status"}},
		"after of no page":       {"GET", "/v1/branches?after=" + secret, "", asAdmin, 422, hub.CodeValidation, []string{"/query/after"}},
		"path id is no id":       {"POST", "/v1/notices/" + secret + "/cancel", "", nil, 404, hub.CodeNotFound, nil},
		"idempotency key empty":  {"POST", "/v1/notices", "{}", []string{"Idempotency-Key", " "}, 422, hub.CodeValidation, []string{"/header/idempotency_key"}},
		"idempotency key long":   {"POST", "/v1/notices", "{}", []string{"Idempotency-Key", strings.Repeat("k", 256)}, 422, hub.CodeValidation, []string{"/header/idempotency_key"}},
		"idempotency key opaque": {"POST", "/v1/notices", "{}", []string{"Idempotency-Key", "کلید"}, 422, hub.CodeValidation, []string{"/header/idempotency_key"}},
		"foreign page":           {"POST", "/v1/session", "{}", append([]string{"Sec-Fetch-Site", "cross-site"}, nobody...), 403, hub.CodeForbidden, nil},
		"foreign origin":         {"POST", "/v1/session", "{}", append([]string{"Origin", "https://elsewhere.example"}, nobody...), 403, hub.CodeForbidden, nil},
		"domain refuses":         {"POST", "/v1/notices", "{}", nil, 422, hub.CodeValidation, []string{"/reference"}},
	} {
		t.Run(name, func(t *testing.T) {
			b.logs.Reset()
			w := b.call(c.method, c.path, c.body, c.headers...)
			got := wantProblem(t, w, c.status, c.code)
			if !slices.Equal(got, c.pointers) && len(got)+len(c.pointers) > 0 {
				t.Errorf("pointers %q, want %q", got, c.pointers)
			}
			if strings.Contains(w.Body.String()+b.logs.String(), secret) {
				t.Errorf("repeats what was sent: %s %s", w.Body, b.logs)
			}
			if c.status == 401 && w.Header().Get("WWW-Authenticate") == "" {
				t.Error("no WWW-Authenticate")
			}
			if c.status == 405 && w.Header().Get("Allow") == "" {
				t.Error("no Allow")
			}
		})
	}
}

func TestDuplicateReferenceNamesTheFirstNotice(t *testing.T) {
	b := newBench(t)
	b.refuse = &hub.Error{Code: hub.CodeDuplicateReference, Detail: "taken", Notice: hub.ID{0xab}}
	w := b.call("POST", "/v1/notices", `{"reference":"r"}`)
	wantProblem(t, w, http.StatusConflict, hub.CodeDuplicateReference)
	var p Problem
	if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil || p.Notice != (hub.ID{0xab}).String() {
		t.Errorf("notice %q, %v", p.Notice, err)
	}
}

func TestPanicIsAnInternalErrorWithoutDetail(t *testing.T) {
	b := newBench(t)
	b.panics = true
	w := b.call("POST", "/v1/recipients", `{"kind":"natural"}`, "Authorization", "Bearer ebk_test_admin")
	wantProblem(t, w, http.StatusInternalServerError, hub.CodeInternal)
	if !strings.Contains(b.logs.String(), "panic") || !strings.Contains(b.logs.String(), "enrolRecipient") {
		t.Errorf("log does not tell: %s", b.logs)
	}
	if strings.Contains(w.Body.String()+b.logs.String(), secret) {
		t.Errorf("a value came through: %s %s", w.Body, b.logs)
	}
}

func TestUndeclaredOperationIsForNobody(t *testing.T) {
	b := newBench(t)
	b.api.HandleFunc("GET /v1/forgotten", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(200) })
	wantProblem(t, b.call("GET", "/v1/forgotten", ""), http.StatusForbidden, hub.CodeForbidden)
}

func TestSignInIsRateLimitedByAddress(t *testing.T) {
	b := newBench(t)
	b.api.signIns = guard.NewRate(3, (&signin.Doors{}).Address)
	for i := range 4 {
		w := b.call("POST", "/v1/session", `{"national_id":"x","personal_code":"y"}`, "Authorization", "")
		if got, want := w.Header().Get("RateLimit"), fmt.Sprintf(`"address";r=%d;t=60`, max(0, 2-i)); got != want {
			t.Errorf("call %d: RateLimit %s, want %s", i, got, want)
		}
		if i < 3 {
			if w.Code != http.StatusAccepted {
				t.Fatalf("call %d: %d %s", i, w.Code, w.Body)
			}
			continue
		}
		wantProblem(t, w, http.StatusTooManyRequests, hub.CodeRateLimited)
		if w.Header().Get("Retry-After") == "" {
			t.Error("no Retry-After")
		}
	}
	if w := b.call("GET", "/v1/me", ""); w.Code != http.StatusOK {
		t.Errorf("other calls are limited too: %d", w.Code)
	}
}

func TestAnswersCarrySecurityHeaders(t *testing.T) {
	b := newBench(t)
	for _, path := range []string{"/v1/me", "/v1/nothing", "/openapi.json", "/docs"} {
		h := b.call("GET", path, "").Header()
		if h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Referrer-Policy") != "no-referrer" || h.Get("Content-Security-Policy") == "" {
			t.Errorf("%s: %v", path, h)
		}
		if personal := strings.HasPrefix(path, "/v1"); personal != (h.Get("Cache-Control") == "no-store") {
			t.Errorf("%s: Cache-Control %q", path, h.Get("Cache-Control"))
		}
	}
}
