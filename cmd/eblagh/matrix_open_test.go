package main

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"eblagh/hub/access"
)

// permissive is an access port that permits everything to everybody: every check is forgotten. related is how the principal
// is said to stand to whatever it is.
type permissive struct{ related access.Relation }

// Decide implements access.Port.
func (o permissive) Decide(p access.Principal, _ access.Action, object access.Object) (access.Decision, error) {
	d := access.Decision{Relation: o.related, Organisation: object.Organisation}
	if len(p.Grants) > 0 {
		d.Role = p.Grants[0].Role
		if d.Organisation.IsZero() {
			d.Organisation = p.Grants[0].Organisation
		}
	}
	return d, nil
}

// TestForgottenChecksLeakNothing makes every call as everybody on an instance whose access port permits everything. What
// the policy would have refused shows nothing all the same: the database itself does not show a principal what is not
// theirs, and what they may not see answers like what does not exist. Nothing of it changes either.
func TestForgottenChecksLeakNothing(t *testing.T) {
	w := newMatrixWorld(t)
	rows, secrets := w.rows(), w.secrets()
	for _, related := range []access.Relation{access.Same} {
		app, _ := startAppWith(t, w.app.o.Config, partList{api: true}, func(o *Options) { o.Access = permissive{related} })
		open := *w
		open.app = app
		for _, c := range w.everyCall() {
			t.Run(string(related)+"/"+c.pattern, func(t *testing.T) { open.tryOpen(t, c.as(rows[c.pattern]), rows[c.pattern], secrets) })
		}
	}
}

// tryOpen makes a call as everybody, for each object of its row, where every check is forgotten.
func (w *matrixWorld) tryOpen(t *testing.T, c matrixCall, row matrixRow, secrets []matrixSecret) {
	objects := row.objects
	if len(objects) == 0 {
		objects = []matrixObject{{}}
	}
	reads := strings.HasPrefix(c.pattern, "GET ")
	if row.forged != "" {
		row.body = row.forged
	}
	for _, o := range objects {
		ids, before := o.take(), ""
		for _, p := range w.principals {
			want := c.expected(p.principal, o)
			if c.page && p.key != "" || !reads && (want == 0 || c.byAnother(p.principal, o.of)) {
				continue // what is theirs to do TestAccessMatrix does
			}
			if before == "" && !reads && (o.ids != nil || row.forged != "") {
				before = w.standing()
			}
			got := w.call(t, c, row, p, ids)
			what := fmt.Sprintf("%s on %s as %s", c.pattern, o.name, p.name)
			for _, s := range secrets {
				if bytes.Contains(got.body, s.shows) && !s.of(p.principal) {
					t.Errorf("%s: %d shows %s", what, got.status, s.name)
				}
			}
			if want != 0 && (o.ids != nil || row.forged != "") && !c.seen(p.principal, o.of) && !nothing(c, row, got) {
				t.Errorf("%s: %d %.200s", what, got.status, got.body)
			}
		}
		if before == "" {
			continue
		}
		if after := w.standing(); after != before {
			t.Errorf("%s on %s: something changed:\n%s", c.pattern, o.name, changed(before, after))
		}
	}
}

// changed are the lines that are not alike.
func changed(before, after string) string {
	was, is := strings.Split(before, "\n"), strings.Split(after, "\n")
	var lines []string
	for i := range was {
		if was[i] != is[i] {
			lines = append(lines, is[i])
		}
	}
	return strings.Join(lines, "\n")
}

// nothing reports whether an answer says no more than that there is no such thing: that, or an empty list, or that the
// form itself is not right; of organisations, whose names stand on every cover, there is nothing to hide.
func nothing(c matrixCall, row matrixRow, got matrixAnswer) bool {
	if regexp.MustCompile(`^GET /v1/(branches|offices)/`).MatchString(c.pattern) {
		return true
	}
	switch got.status {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound:
		return true
	case http.StatusSeeOther:
		return strings.HasPrefix(got.location, "/sign-in")
	case http.StatusUnprocessableEntity:
		return row.noObject
	}
	return bytes.Equal(bytes.TrimSpace(got.body), []byte(`{"items":[]}`))
}

// byAnother reports whether the policy lets the principal do the same by another page: an owner and an office have each
// their own for representatives.
func (c matrixCall) byAnother(p access.Principal, o access.Object) bool {
	p.Port = nil
	_, err := access.Decide(p, access.RepresentativeWrite, o)
	return err == nil && strings.Contains(c.pattern, "/representatives")
}

// guarded are the changes that the database itself decides on, as the principal: nobody makes them but by the policy, who
// sees what they are about no more than others.
var guarded = regexp.MustCompile(`^(PATCH|PUT|POST|DELETE) (/v1/(branches|offices|api-keys)/|/keys/|/court/four-eyes/)`)

// seen reports whether the policy lets the principal see what the call is about: then it is not foreign to them, whatever
// else they may not do with it.
func (c matrixCall) seen(p access.Principal, o access.Object) bool {
	p.Port = nil
	if guarded.MatchString(c.pattern) {
		return false
	}
	for part, actions := range map[string][]access.Action{"/recipients/": {access.RecipientRead}, "/holds/": {access.LanesRead},
		"/deliveries": {access.DeliveryRead, access.LanesRead}} {
		for _, a := range actions {
			if _, err := access.Decide(p, a, o); err == nil && strings.Contains(c.pattern, part) {
				return true
			}
		}
	}
	return theirs(p, o)
}

// theirs reports whether the policy gives the principal any part in an object: then it is not foreign to them, whatever
// else they may not do with it. Who represents a legal person may act for it whenever they like.
func theirs(p access.Principal, o access.Object) bool {
	related := func(p access.Principal) bool {
		return slices.ContainsFunc(access.Actions, func(a access.Action) bool {
			d, err := access.Decide(p, a, o)
			return err == nil && d.Relation != access.Any
		})
	}
	return related(p) || slices.ContainsFunc(p.Mandates, func(m access.Mandate) bool { return m.LegalPerson == o.Person })
}

// matrixSecret is something to be seen of one object, and who may see it by the policy.
type matrixSecret struct {
	name  string
	shows []byte
	of    func(access.Principal) bool // whose business it is
}

// secrets are the contents of all papers and the contact of all people.
func (w *matrixWorld) secrets() []matrixSecret {
	may := func(o access.Object, actions ...access.Action) func(access.Principal) bool {
		return func(p access.Principal) bool {
			return slices.ContainsFunc(actions, func(a access.Action) bool {
				_, err := access.Decide(p, a, o)
				return err == nil && (o.Opened || a != access.InboxRead)
			})
		}
	}
	var all []matrixSecret
	for _, paper := range []matrixPaper{w.citizens, w.companys, w.strangers} {
		readers := []access.Action{access.NoticeRead, access.InboxRead}
		if paper.reference == w.strangers.reference {
			readers = append(readers, access.TaskWork)
		}
		for _, part := range []string{"subject-of-", "body-of-", "file-of-", "matter-of-"} {
			all = append(all, matrixSecret{"the " + part + paper.reference, []byte(part + paper.reference), may(paper.of, readers...)})
		}
		all = append(all, matrixSecret{"the document of " + paper.reference, []byte(examplePNG(paper.reference)),
			may(paper.of, append(readers, access.DocumentRead)...)})
	}
	for name, id := range w.people {
		number, person := w.numbers[name], access.Object{Person: id}
		counsel := access.Object{Person: id, Attorney: w.attorney, At: w.citizens.of.At} // a power of attorney names both
		reads := []access.Action{access.RecipientRead}
		if name == "a stranger" { // to whom an officer goes, and drafts are addressed
			person.Organisation, reads = w.branch, append(reads, access.TaskWork, access.DraftRead)
		}
		known := may(person, reads...)
		all = append(all, matrixSecret{"the national id of " + name, []byte(`"` + number + `"`),
			func(p access.Principal) bool { return known(p) || theirs(p, counsel) }},
			matrixSecret{"the address of " + name, []byte("address-of-" + number), may(person, reads...)})
	}
	return all
}

// standing is what the database holds of papers and people, in figures and digests: looks are not in it, nor is what
// makes a principal's own session.
func (w *matrixWorld) standing() (all string) {
	w.Helper()
	for _, table := range []string{"notices", "deliveries", "inbox", "opens", "receipts", "accesses", "corrections", "officer_tasks",
		"officer_returns", "drafts", "attorneys", "representatives", "grants", "contacts", "organisations", "cases", "challenges", "holds",
		"api_keys", "api_key_secrets", "four_eyes_changes", "legal_holds", "case_assignees", "identities"} {
		var digest string
		// That a key was used is noted once a minute, whatever it was used for.
		w.ok(w.sql.QueryRow(w.Context(), `SELECT count(*) || ' ' || coalesce(md5(string_agg(md5(r), '' ORDER BY md5(r))), '')
			FROM (SELECT (to_jsonb(t) - 'last_used_at')::text AS r FROM `+table+` t) t`).Scan(&digest))
		all += table + " " + digest + "\n"
	}
	return all
}

// No command of the program brings an access port of its own along.
func TestOnlyTestsOpenTheAccessPort(t *testing.T) {
	brings := regexp.MustCompile(`\bAccess:\s*([^,}\n]+)|\.Access\s*=[^=]|\bPort:\s*([^,}\n]+)`)
	passed := map[string]bool{"Access: outside.access": true, "Port: e.access": true, "Access: o.Access": true}
	seen := 0
	for _, dir := range []string{".", "../../hub/access", "../../hub/enrol", "../../api/signin", "../../api/web", "seed"} {
		files, err := filepath.Glob(filepath.Join(dir, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, found := range brings.FindAllString(string(text), -1) {
				seen++
				if !passed[found] {
					t.Errorf("%s: %s", file, found)
				}
			}
		}
	}
	if seen < len(passed) {
		t.Errorf("%d places pass it on: nothing was searched", seen)
	}
}
