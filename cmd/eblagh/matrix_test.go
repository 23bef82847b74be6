package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"eblagh/api/web"
	"eblagh/hub"
	"eblagh/hub/access"
)

// TestAccessMatrix calls every call of the wire and every page as every principal, on what is theirs and on what is not,
// on a real database, and compares the answers with the policy of hub/access. What a principal may is answered by its
// content (2xx, or 4xx about the body); what they may not, by 401, 403 or 404 exactly as the policy says; and the 404 of
// what is somebody else's is the 404 of what does not exist, to the byte.
func TestAccessMatrix(t *testing.T) {
	w := newMatrixWorld(t)
	seen, rows := map[string]bool{}, w.rows()
	for _, c := range w.everyCall() {
		row, ok := rows[c.pattern]
		if !ok {
			t.Errorf("%s has no row: add one to rows in matrix_rows_test.go, with the objects of the world that its address names", c.pattern)
			continue
		}
		seen[c.pattern] = true
		c = c.as(row)
		t.Run(c.pattern, func(t *testing.T) { w.try(t, c, row) })
	}
	for pattern := range rows {
		if !seen[pattern] {
			t.Errorf("%s has a row and is not served", pattern)
		}
	}
}

// matrixCall is a call as its document declares it.
type matrixCall struct {
	pattern string // method and path
	who     string // anyone, known, people or permitted
	action  access.Action
	page    bool
	outside bool // none of the table's, or turned away before it: the trail is not asked for it
}

// as is the call with whom it is for: of a page, its row says so.
func (c matrixCall) as(row matrixRow) matrixCall {
	if c.page {
		c.who, c.action = row.who, row.action
	}
	return c
}

// everyCall is every call of the wire and every page.
func (w *matrixWorld) everyCall() []matrixCall {
	w.Helper()
	calls := w.documentedCalls()
	for _, pattern := range web.Routes() {
		if !strings.HasPrefix(pattern, "GET /static/") {
			calls = append(calls, matrixCall{pattern: pattern, page: true})
		}
	}
	return calls
}

var permission = regexp.MustCompile("Needs the permission `([a-z.]+)`")

// documentedCalls reads from /openapi.json which calls there are, and whom each is for.
func (w *matrixWorld) documentedCalls() []matrixCall {
	w.Helper()
	var doc struct {
		Paths map[string]map[string]struct {
			Description string
			Security    []map[string][]string
		}
	}
	_, body := get(w.T, w.app.Addr(), "/openapi.json")
	if err := json.Unmarshal([]byte(body), &doc); err != nil {
		w.Fatal(err)
	}
	var calls []matrixCall
	for path, item := range doc.Paths {
		for method, op := range item {
			c := matrixCall{pattern: strings.ToUpper(method) + " " + path, who: "known"}
			switch m := permission.FindStringSubmatch(op.Description); {
			case m != nil:
				c.who, c.action = "permitted", access.Action(m[1])
			case len(op.Security) == 0:
				c.who = "anyone"
			case len(op.Security) == 1:
				c.who = "people"
			}
			calls = append(calls, c)
		}
	}
	slices.SortFunc(calls, func(a, b matrixCall) int { return strings.Compare(a.pattern, b.pattern) })
	return calls
}

// try makes a call as everybody, for each object of its row.
func (w *matrixWorld) try(t *testing.T, c matrixCall, row matrixRow) {
	objects := row.objects
	if len(objects) == 0 {
		objects = []matrixObject{{}}
	}
	for _, o := range objects {
		for _, p := range w.principals {
			if c.page && p.key != "" {
				continue // pages know sessions only
			}
			want := c.expected(p.principal, o)
			got := w.call(t, c, row, p, o.take())
			what := fmt.Sprintf("%s on %s as %s", c.pattern, o.name, p.name)
			check(t, what, c, row, want, got)
			wantSafe(t, what, c.pattern, got)
			if o.ids == nil || row.keeps {
				continue
			}
			other := w.call(t, c, row, p, o.unknown())
			switch {
			case want == http.StatusNotFound && (other.status != want || !bytes.Equal(other.body, got.body)):
				t.Errorf("%s: what is not theirs answers unlike what is not there:\n%d %s\n%d %s", what, got.status, got.body, other.status, other.body)
			case want == 0 && !row.noObject && other.status != http.StatusNotFound:
				t.Errorf("%s: what is not there answers %d: %.200s", what, other.status, other.body)
			case want != 0 && other.status != got.status:
				t.Errorf("%s: %d for one that is there, %d for one that is not", what, got.status, other.status)
			}
		}
	}
}

func check(t *testing.T, what string, c matrixCall, row matrixRow, want int, got matrixAnswer) {
	t.Helper()
	refused := got.status == http.StatusUnauthorized || got.status == http.StatusForbidden || got.status == http.StatusNotFound
	toSignIn := c.page && got.status == http.StatusSeeOther && strings.HasPrefix(got.location, "/sign-in")
	switch {
	case want == 0 && slices.Contains(row.content, got.status):
	case want == 0 && (refused || got.status >= 500 || toSignIn && row.who != "anyone"):
		t.Errorf("%s: %d %.300s; the policy allows it", what, got.status, got.body)
	case want == http.StatusUnauthorized && c.page && toSignIn:
	case want != 0 && got.status != want:
		t.Errorf("%s: %d, want %d: %.300s", what, got.status, want, got.body)
	}
}

// expected is what the policy says: 0 for what is allowed.
func (c matrixCall) expected(p access.Principal, o matrixObject) int {
	p.Port = nil
	switch c.who {
	case "anyone":
		return 0
	case "known", "people":
		switch {
		case p.Kind == access.Nobody:
			return http.StatusUnauthorized
		case c.who == "people" && p.Kind != access.Person:
			return http.StatusForbidden
		case !o.of.Person.IsZero() && o.of.Person != p.PersonID():
			return http.StatusNotFound
		}
		return 0
	}
	_, err := access.May(p, c.action)
	if err == nil && o.ids != nil {
		_, err = access.Decide(p, c.action, o.of)
	}
	return map[hub.Code]int{"": 0, hub.CodeUnauthorized: 401, hub.CodeForbidden: 403, hub.CodeNotFound: 404}[hub.CodeOf(err)]
}

// matrixAnswer is an answer with the ids of its address left out, which error pages repeat.
type matrixAnswer struct {
	status   int
	location string
	header   http.Header
	body     []byte
}

// call makes a call as its own pages or programs make it; headers, in pairs, come over that.
func (w *matrixWorld) call(t *testing.T, c matrixCall, row matrixRow, p matrixPrincipal, ids map[string]string, headers ...string) matrixAnswer {
	t.Helper()
	method, path, _ := strings.Cut(c.pattern, " ")
	path = strings.TrimSuffix(path, "{$}")
	path += row.query
	for name, id := range ids {
		path = strings.ReplaceAll(path, "{"+name+"}", id)
	}
	body := row.body
	if row.fill != nil {
		body = row.fill()
	}
	r, err := http.NewRequestWithContext(t.Context(), method, "http://"+w.app.Addr().String()+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	switch {
	case c.page && body != "":
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	case row.mediaType != "":
		r.Header.Set("Content-Type", row.mediaType)
	case body != "":
		r.Header.Set("Content-Type", "application/json")
	}
	if c.page {
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	p.sign(r, row.fresh, c.page)
	answer, err := w.client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	b, err := io.ReadAll(io.LimitReader(answer.Body, 1<<20))
	if err != nil {
		t.Fatal(err)
	}
	if !c.outside {
		w.recorded(t, c, p, answer)
	}
	for _, id := range ids {
		b = bytes.ReplaceAll(b, []byte(id), []byte("ID"))
	}
	return matrixAnswer{answer.StatusCode, answer.Header.Get("Location"), answer.Header, b}
}

// recorded looks for the call in the trail: whoever called, whatever came of it, the trail has it by the time that the
// answer is there. Only what nobody reads of what is everybody's leaves no entry.
func (w *matrixWorld) recorded(t *testing.T, c matrixCall, p matrixPrincipal, answer *http.Response) {
	t.Helper()
	what := fmt.Sprintf("%s as %s, answered %d", c.pattern, p.name, answer.StatusCode)
	id := answer.Header.Get("Call-Id")
	public := strings.HasPrefix(c.pattern, "GET /log/")
	if id == "" {
		if !public {
			t.Errorf("%s: the call has no id", what)
		}
		return
	}
	kind, principal := "nobody", ""
	if c.who != "anyone" || c.page {
		kind, principal = string(p.principal.Kind), p.principal.ID.String()
	}
	if kind == "" || kind == "nobody" {
		kind, principal = "nobody", ""
	}
	var outcomes []string
	err := w.sql.QueryRow(w.Context(), `SELECT coalesce(array_agg(DISTINCT outcome), '{}') FROM trail WHERE call = $1 AND kind = $2
		AND coalesce(principal::text, '') = $3 AND route <> '' AND address IS NOT NULL`, id, kind, principal).Scan(&outcomes)
	w.ok(err)
	want := "done"
	toSignIn := kind == "nobody" && (strings.HasPrefix(answer.Header.Get("Location"), "/sign-in") || answer.StatusCode == http.StatusUnauthorized)
	switch {
	case answer.StatusCode >= 500:
		want = "failed"
	case answer.StatusCode >= 400, toSignIn:
		want = "refused"
	}
	if kind == "nobody" && (want == "done" || c.pattern == "GET /{$}") && strings.HasPrefix(c.pattern, "GET ") {
		return
	}
	if !slices.Contains(outcomes, want) {
		t.Errorf("%s: the trail has %v of it, want %s", what, outcomes, want)
	}
}
