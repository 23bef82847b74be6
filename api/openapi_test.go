package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"eblagh/hub/access"
)

// document is the part of the OpenAPI document that tests look at, read back from the wire.
type document struct {
	OpenAPI    string `json:"openapi"`
	Paths      map[string]map[string]operation
	Components struct {
		Schemas map[string]json.RawMessage
	}
}

type operation struct {
	OperationID string `json:"operationId"`
	Summary     string
	Description string
	Security    *[]map[string][]string
	MaxBody     int64 `json:"x-max-body-bytes"`
	Parameters  []struct {
		Name, In string
		Required bool
		Schema   struct{ Format string }
	}
	RequestBody *struct {
		Required bool
		Content  map[string]json.RawMessage
	} `json:"requestBody"`
	Responses map[string]struct {
		Description string
		Content     map[string]json.RawMessage
	}
}

func readDocument(t *testing.T) (document, string, *bench) {
	t.Helper()
	b := newBench(t)
	w := b.call("GET", "/openapi.json", "", "Authorization", "")
	var d document
	if err := json.Unmarshal(w.Body.Bytes(), &d); err != nil || w.Code != http.StatusOK {
		t.Fatal(w.Code, err)
	}
	return d, w.Body.String(), b
}

func TestEveryRouteIsDocumentedAsItRuns(t *testing.T) {
	d, _, b := readDocument(t)
	if !strings.HasPrefix(d.OpenAPI, "3.1") {
		t.Errorf("openapi %s", d.OpenAPI)
	}
	seen, ids := 0, map[string]bool{}
	for path, item := range d.Paths {
		for method, op := range item {
			rt, ok := b.api.routes[strings.ToUpper(method)+" "+path]
			if !ok {
				t.Errorf("%s %s is documented and not served", method, path)
				continue
			}
			seen++
			if ids[op.OperationID] || op.OperationID == "" || op.Summary == "" {
				t.Errorf("%s %s: id %q, summary %q", method, path, op.OperationID, op.Summary)
			}
			ids[op.OperationID] = true
			checkOperation(t, rt, op)
		}
	}
	if seen != len(b.api.routes) {
		t.Errorf("%d of %d routes are documented", seen, len(b.api.routes))
	}
}

func checkOperation(t *testing.T, rt route, op operation) {
	t.Helper()
	name := rt.pattern()
	if rt.who == nobody || rt.who == permitted && !slices.Contains(access.Actions, rt.action) {
		t.Errorf("%s declares no access", name)
	}
	if op.Security == nil || (rt.who == anyone) != (len(*op.Security) == 0) {
		t.Errorf("%s: security %v", name, op.Security)
	}
	if op.MaxBody != rt.maxBody() {
		t.Errorf("%s: x-max-body-bytes %d, want %d", name, op.MaxBody, rt.maxBody())
	}
	body := op.RequestBody != nil && op.RequestBody.Required != rt.optional && len(op.RequestBody.Content) > 0
	if body != (rt.payload != payloadNone) {
		t.Errorf("%s: request body documented: %v", name, body)
	}
	for _, code := range rt.refusals() {
		r, ok := op.Responses[fmt.Sprint(kinds[code].status)]
		if !ok || r.Content[problemType] == nil || !strings.Contains(r.Description, string(code)) {
			t.Errorf("%s does not document %s", name, code)
		}
	}
	success := 0
	for status := range op.Responses {
		if status[0] == '2' {
			success++
		}
	}
	if success == 0 {
		t.Errorf("%s documents no success", name)
	}
	key := false
	for _, p := range op.Parameters {
		key = key || p.Name == headerKey && p.In == "header"
		if p.In == "path" && (p.Schema.Format != "uuid" || !p.Required) {
			t.Errorf("%s: path parameter %+v", name, p)
		}
	}
	if key != rt.creates {
		t.Errorf("%s: Idempotency-Key documented: %v", name, key)
	}
}

// API.md: what creates takes an Idempotency-Key.
func TestWhatCreatesIsIdempotent(t *testing.T) {
	_, _, b := readDocument(t)
	var creating []string
	for pattern, rt := range b.api.routes {
		if rt.creates {
			creating = append(creating, pattern)
		}
	}
	slices.Sort(creating)
	want := []string{
		"POST /v1/branches",
		"POST /v1/cases/{id}/attorneys",
		"POST /v1/cases/{id}/legal-holds",
		"POST /v1/deliveries/{id}/replay",
		"POST /v1/documents",
		"POST /v1/drafts/{id}/approve",
		"POST /v1/drafts/{id}/resubmit",
		"POST /v1/exports",
		"POST /v1/holds",
		"POST /v1/notices",
		"POST /v1/notices/batch",
		"POST /v1/notices/{id}/correct",
		"POST /v1/officer-tasks/{id}/return",
		"POST /v1/offices",
		"POST /v1/recipients",
		"POST /v1/recipients/{id}/representatives",
		"POST /v1/staff",
	}
	if !slices.Equal(creating, want) {
		t.Errorf("creating: %q", creating)
	}
}

func TestLimitsAreThoseOfTheWire(t *testing.T) {
	_, _, b := readDocument(t)
	for pattern, rt := range b.api.routes {
		want := int64(256 << 10)
		switch pattern {
		case "POST /v1/documents":
			want = 20 << 20
		case "POST /v1/notices/batch":
			want = 16 << 20
		}
		if rt.maxBody() != want {
			t.Errorf("%s takes %d bytes, want %d", pattern, rt.maxBody(), want)
		}
	}
}

func TestDocumentStandsAlone(t *testing.T) {
	d, text, _ := readDocument(t)
	for _, ref := range regexp.MustCompile(`"\$ref": "#/components/schemas/([^"]+)"`).FindAllStringSubmatch(text, -1) {
		if d.Components.Schemas[ref[1]] == nil {
			t.Errorf("%s is referred to and not there", ref[1])
		}
	}
	if d.Components.Schemas["Problem"] == nil || d.Components.Schemas["ErrorModel"] != nil {
		t.Error("the schema of refusals is not ours")
	}
	if strings.Contains(text, `"array",`) && strings.Contains(text, `"null"`) && regexp.MustCompile(`"array",\s+"null"`).MatchString(text) {
		t.Error("a list is documented as null")
	}
}

func TestDocsPageRunsNothingAndFetchesNothing(t *testing.T) {
	b := newBench(t)
	w := b.call("GET", "/docs", "", "Authorization", "")
	page := w.Body.String()
	if w.Code != http.StatusOK || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/html") {
		t.Fatal(w.Code, w.Header())
	}
	for _, foreign := range []string{"<script", " style=", " onclick", "//cdn", "src=", "href=\"http"} {
		if strings.Contains(page, foreign) {
			t.Errorf("the page has %q", foreign)
		}
	}
	for pattern, rt := range b.api.routes {
		if !strings.Contains(page, `id="`+rt.id+`"`) {
			t.Errorf("the page does not show %s", pattern)
		}
	}
	if css := b.call("GET", "/docs/docs.css", "", "Authorization", ""); css.Code != http.StatusOK || !strings.HasPrefix(css.Header().Get("Content-Type"), "text/css") {
		t.Error("no style", css.Code)
	}
}
