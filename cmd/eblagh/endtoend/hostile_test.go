package endtoend

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// Ten thousand random, hostile and half-valid requests made from the OpenAPI document, as every kind of principal:
// never a 500, always an answer within ten seconds, every refusal a problem.
func TestHostileRequestsNeverBreakTheHub(t *testing.T) {
	const requests, atOnce = 10_000, 8
	in := newInstance(t, "api,worker,live")
	operations := readOperations(t, in.dev.BaseURL)
	callers := []*caller{newCaller(t, in.dev.BaseURL, ""), newCaller(t, in.dev.BaseURL, "ebk_test_nonsense")}
	for _, name := range slices.Sorted(maps.Keys(in.dev.Keys)) {
		callers = append(callers, in.as(name))
	}
	for _, role := range []string{"citizen", "court_clerk", "admin"} {
		callers = append(callers, signIn(t, in.dev.BaseURL, in.dev.inRole(role)[0]))
	}
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d, %d operations, %d callers", seed, len(operations), len(callers))

	statuses := [600]atomic.Int64{}
	each(make([]struct{}, requests), atOnce, func(i int, _ struct{}) {
		r := &hostile{rand.New(rand.NewPCG(seed, uint64(i)))}
		op := operations[r.IntN(len(operations))]
		c := callers[r.IntN(len(callers))]
		path, body, header := r.request(op)
		began := time.Now()
		a, err := c.try(op.method, path, body, header...)
		switch took := time.Since(began); {
		case err != nil:
			t.Errorf("request %d: %s %s: %v", i, op.method, op.path, err)
			return
		case took > 10*time.Second:
			t.Errorf("request %d: %s %s took %s", i, op.method, op.path, took)
		case a.status >= 500 && a.status != http.StatusServiceUnavailable:
			t.Errorf("request %d: %s %s: %d %s", i, op.method, path, a.status, tail(string(a.body), 300))
		case a.status >= 400 && a.header.Get("Content-Type") != "application/problem+json":
			t.Errorf("request %d: %s %s: %d is no problem: %s", i, op.method, path, a.status, tail(string(a.body), 300))
		}
		statuses[a.status].Add(1)
	})
	if n := statuses[http.StatusServiceUnavailable].Load(); n > requests/100 {
		t.Errorf("%d answers were 503", n)
	}
	for status := range statuses {
		if n := statuses[status].Load(); n > 0 {
			t.Logf("%d: %d", status, n)
		}
	}
	if status, word := in.ready(); status != 200 {
		t.Errorf("afterwards the hub is %d %s", status, word)
	}
}

// operation is one of the OpenAPI document, with the schema of its body resolved.
type operation struct {
	method, path string
	query        []string
	body         map[string]any
	defs         map[string]any
}

func readOperations(t *testing.T, base string) []operation {
	t.Helper()
	var doc struct {
		Paths      map[string]map[string]json.RawMessage
		Components struct{ Schemas map[string]any }
	}
	newCaller(t, base, "").want(200, "GET", "/openapi.json", nil).into(t, &doc)
	var out []operation
	for _, path := range slices.Sorted(maps.Keys(doc.Paths)) {
		for _, method := range slices.Sorted(maps.Keys(doc.Paths[path])) {
			var op struct {
				Parameters  []struct{ Name, In string }
				RequestBody struct {
					Content map[string]struct{ Schema map[string]any }
				}
			}
			if json.Unmarshal(doc.Paths[path][method], &op) != nil {
				continue
			}
			o := operation{method: strings.ToUpper(method), path: path, defs: doc.Components.Schemas}
			for _, p := range op.Parameters {
				if p.In == "query" {
					o.query = append(o.query, p.Name)
				}
			}
			o.body = op.RequestBody.Content["application/json"].Schema
			out = append(out, o)
		}
	}
	if len(out) < 20 {
		t.Fatalf("the OpenAPI document has %d operations", len(out))
	}
	return out
}

// hostile makes requests that are random, hostile, and half valid.
type hostile struct{ *rand.Rand }

func (r *hostile) request(op operation) (path string, body any, header []string) {
	path = op.path
	for strings.Contains(path, "{") {
		i, j := strings.Index(path, "{"), strings.Index(path, "}")
		path = path[:i] + url.PathEscape(r.word()) + path[j+1:]
	}
	query := url.Values{}
	for _, name := range op.query {
		if r.IntN(2) == 0 {
			query.Set(name, r.word())
		}
	}
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	if r.IntN(3) == 0 {
		header = append(header, "Idempotency-Key", strings.TrimSpace(strings.Map(printable, r.word()))+"k")
	}
	if op.method == "GET" {
		return path, nil, header
	}
	switch r.IntN(8) {
	case 0:
		return path, brokenBodies[r.IntN(len(brokenBodies))], header
	case 1:
		return path, nil, header
	case 2:
		return path, []byte("%PDF-1.7\n" + r.word()), header
	}
	return path, r.value(op.body, op.defs, 0), header
}

func printable(c rune) rune {
	if c < 0x21 || c > 0x7e {
		return -1
	}
	return c
}

var brokenBodies = []string{
	"{", "[]", "null", "0", `"x"`, `{"a":}`, `{"a":1,"a":2}`, "\xff\xfe", strings.Repeat("[", 20_000), strings.Repeat(`{"a":`, 20_000),
	`{"notices":[{},{"reference":1},null,[],"x"]}`, `{"national_id":"` + strings.Repeat("۹", 5000) + `"}`, `{"limit":1e999}`,
}

// value follows a schema most of the time and breaks it the rest.
func (r *hostile) value(schema, defs map[string]any, depth int) any {
	if ref, ok := schema["$ref"].(string); ok {
		schema, _ = defs[ref[strings.LastIndex(ref, "/")+1:]].(map[string]any)
	}
	if depth > 6 || r.IntN(12) == 0 {
		return r.junk()
	}
	switch kind := fmt.Sprint(schema["type"]); {
	case schema["enum"] != nil && r.IntN(6) > 0:
		options, _ := schema["enum"].([]any)
		return options[r.IntN(len(options))]
	case strings.Contains(kind, "object"):
		out := map[string]any{}
		properties, _ := schema["properties"].(map[string]any)
		for _, name := range slices.Sorted(maps.Keys(properties)) {
			if name != "$schema" && r.IntN(5) > 0 {
				sub, _ := properties[name].(map[string]any)
				out[name] = r.value(sub, defs, depth+1)
			}
		}
		if r.IntN(10) == 0 {
			out[r.word()] = r.junk()
		}
		return out
	case strings.Contains(kind, "array"):
		items, _ := schema["items"].(map[string]any)
		out := make([]any, r.IntN(4))
		for i := range out {
			out[i] = r.value(items, defs, depth+1)
		}
		return out
	case strings.Contains(kind, "integer"), strings.Contains(kind, "number"):
		return r.Int64() - r.Int64()
	case strings.Contains(kind, "boolean"):
		return r.IntN(2) == 0
	}
	return r.word()
}

func (r *hostile) junk() any {
	return []any{nil, true, -1, 1e300, "", []any{}, map[string]any{"x": []any{nil}}, r.word()}[r.IntN(8)]
}

// word gives texts that look right and texts that should not pass.
func (r *hostile) word() string {
	words := []string{
		"", "x", "0076229645", "1111111111", "10380284790", "09120000000", "+989905550000", "۰۰۷۶۲۲۹۶۴۵", "140312345678901234",
		"01a20af5-8451-7b60-ab43-f3b0ba25a4f6", "00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff",
		"2026-11-24T00:00:00Z", "9999-12-31T23:59:59Z", "0000-00-00", "-1", "18446744073709551616", "' OR 1=1 --", "../../etc/passwd",
		"%00", "\x00", "a\x00b", "\u202e\u0000", "\xf0\x28", "<script>alert(1)</script>", "{{.}}", "null", "en", "fa", "natural",
		strings.Repeat("ا", 3000), strings.Repeat("9", 400), "summons", "urgent", "inbox", "\r\nSet-Cookie: a=b", "🙂", "1405/09/03",
	}
	return words[r.IntN(len(words))]
}
