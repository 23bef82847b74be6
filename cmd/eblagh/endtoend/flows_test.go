package endtoend

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"
)

// flows are those of staff, lawyers and systems, each once wrongly and once rightly: powers of attorney, representatives,
// four eyes, keys, the officer's return, certificate and evidence, and a copy of one's own data.
func (r *fullRun) flows(notice string, addressee *caller, newcomer demoPerson) {
	staff := map[string]*caller{}
	for _, role := range []string{"judge", "court_clerk", "service_officer", "lawyer"} {
		staff[role] = signIn(r.t, r.dev.BaseURL, r.dev.inRole(role)[0])
	}
	r.attorneys(staff["lawyer"], addressee)
	r.representatives(newcomer)
	r.fourEyes(staff["judge"], staff["court_clerk"], newcomer)
	r.keys(staff["judge"])
	r.officer(staff["service_officer"])
	r.proofs(notice)
	r.copies(addressee)
}

// one is an object of the wire, as far as these flows need it.
type one struct {
	ID   string `json:"id"`
	Key  string `json:"key"`
	Role string `json:"role"`
}

func (r *fullRun) first(c *caller, path string, fits func(one) bool) string {
	r.t.Helper()
	var page struct{ Items []one }
	c.want(200, "GET", path, nil).into(r.t, &page)
	i := slices.IndexFunc(page.Items, func(o one) bool { return fits == nil || fits(o) })
	if i < 0 {
		r.t.Fatalf("GET %s: nothing fits", path)
	}
	return page.Items[i].ID
}

func (r *fullRun) attorneys(lawyer, client *caller) {
	court := r.as("court")
	var of, party one
	lawyer.want(200, "GET", "/v1/me", nil).into(r.t, &of)
	client.want(200, "GET", "/v1/me", nil).into(r.t, &party)
	path := "/v1/cases/" + r.first(court, "/v1/cases?number=140312345678905555", nil) + "/attorneys"
	r.wrong(court, "POST", path, map[string]string{"lawyer_id": r.dev.inRole("lawyer")[0].NationalID, "client_id": of.ID, "scope": secretSubject})
	r.wrong(court, "POST", path, map[string]string{"lawyer_id": party.ID, "client_id": party.ID, "scope": "full"})
	var made one
	court.want(201, "POST", path, map[string]string{"lawyer_id": of.ID, "client_id": party.ID, "scope": "full"}).into(r.t, &made)
	lawyer.want(200, "GET", "/v1/cases", nil)
	r.wrong(court, "DELETE", path+"/"+made.ID+"?reason="+secretSubject, nil)
	court.want(204, "DELETE", path+"/"+made.ID+"?reason=resigned", nil)
}

func (r *fullRun) representatives(newcomer demoPerson) {
	office := r.as("office")
	i := slices.IndexFunc(r.dev.People, func(p demoPerson) bool { return len(p.NationalID) == 11 })
	var company, made one
	office.want(200, "POST", "/v1/recipients/lookup", map[string]string{"national_id": r.dev.People[i].NationalID}).into(r.t, &company)
	path := "/v1/recipients/" + company.ID + "/representatives"
	r.wrong(office, "POST", path, map[string]string{"national_id": newcomer.NationalID, "mobile": newcomer.Name, "role": "reader"})
	r.wrong(office, "POST", path, map[string]string{"national_id": newcomer.Name, "role": newcomer.NationalID})
	office.want(201, "POST", path, map[string]string{"national_id": newcomer.NationalID, "mobile": newcomer.Mobile, "role": "reader"}).into(r.t, &made)
	office.want(200, "GET", path, nil)
	office.want(204, "DELETE", path+"/"+made.ID, nil)
}

func (r *fullRun) fourEyes(judge, clerk *caller, to demoPerson) {
	path := "/v1/branches/" + r.first(r.as("admin"), "/v1/branches", nil) + "/four-eyes"
	r.wrong(judge, "PUT", path, map[string]any{"people": to.NationalID})
	judge.want(200, "PUT", path, map[string]any{"people": true})
	const drafts = 2
	for i := range drafts {
		clerk.want(202, "POST", "/v1/notices", paper(reference("draft", i), to))
	}
	var page struct{ Items []one }
	judge.want(200, "GET", "/v1/drafts", nil).into(r.t, &page)
	if len(page.Items) != drafts {
		r.t.Fatalf("%d drafts wait", len(page.Items))
	}
	r.wrong(clerk, "POST", "/v1/drafts/"+page.Items[0].ID+"/approve", nil)
	r.wrong(judge, "POST", "/v1/drafts/"+page.Items[0].ID+"/return", map[string]any{"reason": strings.Repeat(secretSubject, 100)})
	judge.want(200, "GET", "/v1/drafts/"+page.Items[0].ID, nil)
	judge.want(201, "POST", "/v1/drafts/"+page.Items[0].ID+"/approve", nil)
	judge.want(200, "POST", "/v1/drafts/"+page.Items[1].ID+"/return", map[string]any{"reason": secretSubject + to.Name})
	r.wrong(clerk, "POST", "/v1/drafts/"+page.Items[1].ID+"/resubmit", map[string]any{"subject": to.NationalID})
	clerk.want(202, "POST", "/v1/drafts/"+page.Items[1].ID+"/resubmit", paper(reference("again", 1), to))
}

// keys gives the court's key a new secret, and uses both.
func (r *fullRun) keys(judge *caller) {
	id := r.first(judge, "/v1/api-keys", func(o one) bool { return o.Role == "court_clerk" })
	r.wrong(judge, "POST", "/v1/api-keys/"+id+"/rotate", map[string]any{"overlap_hours": r.dev.Keys["court"]})
	var rotated one
	judge.want(201, "POST", "/v1/api-keys/"+id+"/rotate", nil).into(r.t, &rotated)
	r.secrets = append(r.secrets, rotated.Key)
	newCaller(r.t, r.dev.BaseURL, rotated.Key).want(200, "GET", "/v1/me", nil)
	r.wrong(newCaller(r.t, r.dev.BaseURL, rotated.Key+"x"), "GET", "/v1/me", nil)
	r.wrong(newCaller(r.t, r.dev.BaseURL, r.dev.Keys["court"][:20]), "GET", "/v1/me", nil)
}

// officer takes a task and reports, wrongly and rightly.
func (r *fullRun) officer(c *caller) {
	id := r.first(c, "/v1/officer-tasks", nil)
	c.want(200, "POST", "/v1/officer-tasks/"+id+"/take", nil)
	c.want(200, "GET", "/v1/officer-tasks/"+id+"/paper", nil)
	report := map[string]any{"outcome": "to_household", "relation": "spouse", "receiver": "گیرنده رازدار", "place": "کوی پنهان",
		"served_at": time.Now().UTC().Format(time.RFC3339), "note": "یادداشت رازدار"}
	for name, value := range map[string]any{"outcome": "رازدار", "relation": "رازدار", "receiver": strings.Repeat("رازدار", 60), "served_at": "رازدار",
		"place": "", "corrects": "رازدار", "رازدار": 1} {
		bad := maps.Clone(report)
		bad[name] = value
		r.wrong(c, "POST", "/v1/officer-tasks/"+id+"/return", bad)
	}
	c.want(201, "POST", "/v1/officer-tasks/"+id+"/return", report)
	r.wrong(c, "POST", "/v1/officer-tasks/"+id+"/return", report)
}

// proofs fetches evidence and certificate.
func (r *fullRun) proofs(notice string) {
	court, path := r.as("court"), "/v1/notices/"+notice
	r.wrong(court, "GET", path+"/certificate?language=رازدار", nil)
	for _, of := range []string{"/evidence", "/certificate?language=fa"} {
		eventually(r.t, 30*time.Second, func() bool { return court.do("GET", path+of, nil).status == 200 },
			func() string { return "no " + of })
	}
}

// copies takes a copy of one's own data, which has all of it, and one that breaks off.
func (r *fullRun) copies(c *caller) {
	r.wrong(c, "POST", "/v1/exports/"+r.dev.inRole("citizen")[0].NationalID+"/take", nil)
	var asked one
	c.want(201, "POST", "/v1/exports", nil).into(r.t, &asked)
	if a := c.want(200, "POST", "/v1/exports/"+asked.ID+"/take", nil); a.header.Get("Content-Type") != "application/zip" {
		r.t.Errorf("the copy is %s", a.header.Get("Content-Type"))
	}
	r.wrong(c, "POST", "/v1/exports/"+asked.ID+"/take", nil)
}

// everywhere sends secrets where they do not belong: in each field, parameter and address of every operation, as
// everybody. What is refused is kept to be searched.
func (r *fullRun) everywhere(callers ...*caller) {
	for _, op := range readOperations(r.t, r.dev.BaseURL) {
		for i, secret := range []string{r.dev.inRole("citizen")[0].NationalID, "رازدار", secretSubject} {
			path := op.path
			for strings.Contains(path, "{") {
				a, b := strings.Index(path, "{"), strings.Index(path, "}")
				path = path[:a] + escaped(secret) + path[b+1:]
			}
			query := ""
			for _, name := range op.query {
				query += "&" + name + "=" + escaped(secret)
			}
			var body any
			if op.method != "GET" && op.body != nil {
				body = filled(op.body, op.defs, secret, 0)
			}
			c := callers[i%len(callers)]
			a := c.do(op.method, path+"?x="+query, body, "Idempotency-Key", "k"+op.method+op.path, "Accept-Language", escaped(secret))
			switch {
			case a.status >= 500:
				r.t.Errorf("%s %s: %d %s", op.method, op.path, a.status, a.body)
			case a.status >= 400:
				r.keep(a)
			}
		}
	}
}

// filled is a body after a schema with the secret for every text.
func filled(schema, defs map[string]any, secret string, depth int) any {
	if ref, ok := schema["$ref"].(string); ok {
		schema, _ = defs[ref[strings.LastIndex(ref, "/")+1:]].(map[string]any)
	}
	kinds, _ := json.Marshal(schema["type"])
	switch kind := string(kinds); {
	case depth > 6:
		return nil
	case strings.Contains(kind, "object"):
		out := map[string]any{}
		properties, _ := schema["properties"].(map[string]any)
		for name, of := range properties {
			if sub, _ := of.(map[string]any); name != "$schema" {
				out[name] = filled(sub, defs, secret, depth+1)
			}
		}
		return out
	case strings.Contains(kind, "array"):
		items, _ := schema["items"].(map[string]any)
		return []any{filled(items, defs, secret, depth+1)}
	case strings.Contains(kind, "integer"), strings.Contains(kind, "number"):
		return 770456123
	case strings.Contains(kind, "boolean"):
		return true
	}
	return secret
}
