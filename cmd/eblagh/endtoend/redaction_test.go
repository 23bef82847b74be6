package endtoend

import (
	"bufio"
	"context"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// Promise 8, the other half: no national id, name, mobile, personal code, code, key or subject in any log, in Redis, in an
// address, in a metric or in an error, and none in clear in what Postgres is sent; `/dev` excepted. Everything that
// people and systems do is done once rightly and once wrongly, a handler and a worker panic with everything they know in
// their words, and then everything that could have kept it is searched.
func TestAFullRunTellsNobodysSecrets(t *testing.T) {
	broken := brokenProgram(t,
		breakage{"hub/enrol/recipient.go", "	c, wrong := checkRecipient(n)", `if n.NationalID == "` + nationalID(770456125) + `" { panic(n) }`},
		breakage{"hub/dispatch/message.go", "	text := hub.Text{Attempt: s.Key, To: mobile}", `if mobile == "+989905557790" { panic(text) }`})
	in := newInstanceOf(t, broken, "api,worker,live,seal", "EBLAGH_LOG_LEVEL=debug", "EBLAGH_ADMIN_LISTEN=127.0.0.1:0")
	in.logEveryStatement()
	redis := in.monitorRedis()
	r := &fullRun{instance: in, heard: &strings.Builder{}}
	citizen, newcomer := in.dev.inRole("citizen")[0], demoPerson{Role: "citizen", NationalID: nationalID(770456123),
		Name: "پرستو رازدار", Mobile: "+989905557781", PersonalCode: "8351920499"}
	r.secrets = append(r.secrets, secretSubject, secretBody, "موضوع-پرونده-آزمون", "رازدار", "9905557799", "کوی پنهان", nationalID(770456125), nationalID(770456126), "9905557790")
	for _, key := range in.dev.Keys {
		r.secrets = append(r.secrets, key)
	}
	for _, p := range append(in.dev.People, newcomer) {
		r.secrets = append(r.secrets, p.NationalID, strings.TrimPrefix(p.Mobile, "+98"), p.PersonalCode, p.Name)
	}

	r.desk(newcomer)
	addressee := r.door(citizen)
	notice := r.paper(citizen, addressee)
	r.pages(citizen, newcomer)
	r.flows(notice, addressee, newcomer)
	r.panics()
	r.everywhere(addressee, r.as("court"), r.as("office"), r.as("admin"), newCaller(t, in.dev.BaseURL, ""))

	kept := map[string]string{"the log": jsonLines(in.front.logged()), "Redis's files": in.redisContent(), "what Redis was sent": redis(),
		"the metrics": r.metrics(), "the answers that are errors, and addresses": r.heard.String(), "the log of Postgres": in.file("stack", "postgres", "log")}
	for where, text := range kept {
		if len(text) < 500 {
			t.Errorf("%s: %d bytes; nothing was searched", where, len(text))
		}
		for _, secret := range r.secrets {
			if secret == "" {
				continue // a legal person has no personal code
			}
			for form, s := range forms(secret) {
				if at := strings.Index(text, s); at >= 0 {
					t.Errorf("%s holds %q, %s: …%s…", where, secret, form, strings.ToValidUTF8(text[max(0, at-200):min(len(text), at+60)], "?"))
				}
			}
		}
	}
}

// escaped is a text as it stands in an address.
func escaped(s string) string { return url.QueryEscape(s) }

// forms are how a text can stand somewhere.
func forms(s string) map[string]string {
	return map[string]string{"as it is": s, "in hex": hex.EncodeToString([]byte(s)), "in an address": escaped(s),
		"in JSON": strings.Trim(strings.ReplaceAll(fmt.Sprintf("%+q", s), `\\`, `\`), `"`), "in base64": base64.StdEncoding.EncodeToString([]byte(s))[:len(s)/3*4]}
}

// fullRun is one full run, with what was heard of it where it must tell nothing.
type fullRun struct {
	*instance
	secrets []string
	heard   *strings.Builder
}

// wrong is a call that must be refused; its answer is kept to be searched.
func (r *fullRun) wrong(c *caller, method, path string, body any, header ...string) {
	r.t.Helper()
	a := c.do(method, path, body, header...)
	if a.status < 400 || a.status >= 500 {
		r.t.Errorf("%s %s: %d, want a refusal: %s", method, path, a.status, tail(string(a.body), 300))
	}
	r.keep(a)
}

func (r *fullRun) keep(a answer) {
	for name, values := range a.header {
		fmt.Fprintln(r.heard, name, values)
	}
	r.heard.Write(a.body)
	r.heard.WriteString("\n")
}

// desk enrols somebody, and tries it wrongly.
func (r *fullRun) desk(p demoPerson) {
	office := r.as("office")
	given, family, _ := strings.Cut(p.Name, " ")
	body := map[string]string{"kind": "natural", "national_id": p.NationalID, "given_name": given, "family_name": family,
		"mobile": p.Mobile, "address": "کوی پنهان"}
	asked := time.Now()
	office.want(201, "POST", "/v1/recipients", body)
	r.wrong(office, "POST", "/v1/recipients", body) // enrolled already: Postgres refuses it
	r.wrong(office, "POST", "/v1/recipients", map[string]string{"kind": "natural", "national_id": p.NationalID + "9", "given_name": p.Name,
		"family_name": strings.Repeat("رازدار", 40), "mobile": p.Mobile + "1", "email": "رازدار@" + p.Mobile})
	r.wrong(office, "POST", "/v1/recipients", `{"kind":"natural","national_id":"`+p.NationalID+`","given_name":{"رازدار":1}}`)
	r.wrong(office, "POST", "/v1/recipients", `{"`+p.NationalID+`":"رازدار"`)
	r.wrong(office, "POST", "/v1/recipients/lookup", map[string]string{"national_id": nationalID(770456124)})
	office.want(200, "POST", "/v1/recipients/lookup", map[string]string{"national_id": p.NationalID})
	nobody := newCaller(r.t, r.dev.BaseURL, "")
	r.wrong(nobody, "POST", "/v1/activation", map[string]string{"national_id": p.NationalID, "activation_code": "00000000", "personal_code": p.PersonalCode})
	r.wrong(nobody, "POST", "/v1/activation", map[string]string{"national_id": p.NationalID, "activation_code": p.Name, "personal_code": strings.TrimPrefix(p.Mobile, "+98")})
	nobody.want(204, "POST", "/v1/activation", map[string]string{"national_id": p.NationalID,
		"activation_code": code(r.t, r.dev.BaseURL, p.Mobile, asked, activationCode), "personal_code": p.PersonalCode})
	r.wrong(nobody, "GET", "/v1/recipients/"+p.NationalID+"?national_id="+p.NationalID+"&name="+escaped(p.Name), nil)
	if a := nobody.do("GET", "/"+url.PathEscape(p.Name)+"/"+p.NationalID, nil); a.status != 404 {
		r.t.Errorf("an address that is none: %d", a.status) // its page knows the address that it was asked for
	}
	r.wrong(nobody, "GET", "/v1/"+url.PathEscape(p.Name)+"/"+p.NationalID, nil, "User-Agent", p.NationalID, "Referer", "https://x.example/"+p.NationalID)
}

// door signs somebody in after trying it wrongly, and changes a number.
func (r *fullRun) door(p demoPerson) *caller {
	nobody := newCaller(r.t, r.dev.BaseURL, "")
	var began struct{ Challenge string }
	nobody.want(202, "POST", "/v1/session", map[string]string{"national_id": p.NationalID, "personal_code": "0000000000"}).into(r.t, &began)
	r.wrong(nobody, "POST", "/v1/session/verify", map[string]string{"challenge": began.Challenge, "code": p.PersonalCode})
	r.wrong(nobody, "POST", "/v1/session/verify", map[string]string{"challenge": p.NationalID, "code": p.Name})
	r.wrong(nobody, "POST", "/v1/session", map[string]any{"national_id": []string{p.NationalID}, "personal_code": p.PersonalCode})
	c := signIn(r.t, r.dev.BaseURL, p)
	var me struct{ ID string }
	c.want(200, "GET", "/v1/me", nil).into(r.t, &me)
	r.wrong(c, "PATCH", "/v1/recipients/"+me.ID, map[string]string{"mobile": p.Name, "email": p.NationalID})
	c.want(202, "PATCH", "/v1/recipients/"+me.ID, map[string]string{"mobile": "+989905557799"})
	return c
}

// panics enrols somebody at whom a handler panics, and somebody at whose text a worker does.
func (r *fullRun) panics() {
	office := r.as("office")
	body := map[string]string{"kind": "natural", "national_id": nationalID(770456125), "given_name": "رازدار", "family_name": "رازدار",
		"mobile": "+989905557790", "address": "کوی پنهان"}
	a := office.want(500, "POST", "/v1/recipients", body)
	r.keep(a)
	body["national_id"] = nationalID(770456126)
	office.want(201, "POST", "/v1/recipients", body)
	for _, what := range []string{`"route":"enrolRecipient","error":"panic: enrol.NewRecipient at`, `"error":"panic: hub.Text at`} {
		eventually(r.t, 30*time.Second, func() bool { return strings.Contains(r.front.logged(), what) },
			func() string { return "the log does not tell of " + what })
	}
}

// paper serves a paper, wrongly and rightly, and opens it.
func (r *fullRun) paper(to demoPerson, addressee *caller) (id string) {
	court := r.as("court")
	good := paper(reference("redacted", 1), to)
	good["case"] = map[string]any{"number": "140312345678905555", "subject": "موضوع-پرونده-آزمون"}
	for _, bad := range []func(map[string]any){
		func(b map[string]any) { b["kind"] = secretSubject },
		func(b map[string]any) { b["addressee"] = map[string]any{"national_id": nationalID(770999888)} },
		func(b map[string]any) { b["addressee"] = map[string]any{"national_id": to.Name} },
		func(b map[string]any) { b["documents"] = []string{to.NationalID} },
		func(b map[string]any) { b["subject"] = strings.Repeat(secretSubject, 100) },
		func(b map[string]any) { b[to.NationalID] = secretSubject },
	} {
		body := paper(reference("wrong", 1), to)
		bad(body)
		r.wrong(court, "POST", "/v1/notices", body)
	}
	var notice struct{ ID string }
	court.want(201, "POST", "/v1/notices", good).into(r.t, &notice)
	r.wrong(court, "POST", "/v1/notices", good) // the reference is taken
	eventually(r.t, 30*time.Second, func() bool {
		return strings.Contains(string(addressee.do("GET", "/v1/inbox", nil).body), notice.ID)
	}, func() string { return "the paper did not arrive" })
	addressee.want(200, "POST", "/v1/inbox/"+notice.ID+"/open", map[string]any{})
	court.want(200, "GET", "/v1/notices/"+notice.ID, nil)
	r.wrong(court, "GET", "/v1/notices?case_number="+escaped(strings.Repeat(secretSubject, 50)), nil)
	return notice.ID
}

// pages fills the forms of the pages, wrongly, and keeps where they lead.
func (r *fullRun) pages(known, newcomer demoPerson) {
	visitor := newCaller(r.t, r.dev.BaseURL, "")
	visitor.http.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	for _, form := range []struct {
		path   string
		fields url.Values
	}{
		{"/sign-in", url.Values{"national_id": {known.NationalID}, "personal_code": {"0000000000"}}},
		{"/activate", url.Values{"national_id": {newcomer.NationalID}, "activation_code": {"1"}, "personal_code": {newcomer.PersonalCode}}},
		{"/language", url.Values{"language": {known.Name}, "next": {"/" + known.NationalID}}},
	} {
		a := visitor.do("POST", form.path, form.fields.Encode(), "Content-Type", "application/x-www-form-urlencoded", "Origin", r.dev.BaseURL)
		if form.path != "/language" { // which leads to where it was asked to
			fmt.Fprintln(r.heard, form.path, a.status, a.header.Get("Location"))
		}
	}
}

func (r *fullRun) metrics() string {
	r.t.Helper()
	return string(newCaller(r.t, r.dev.AdminURL, "").want(200, "GET", "/metrics", nil).body)
}

// logEveryStatement has Postgres log all that it is sent, with every parameter: what is not there in clear cannot come out
// of it by an error, a slow query, a replica or a backup.
func (in *instance) logEveryStatement() {
	in.t.Helper()
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, in.stack.Postgres.URL())
	in.must(err)
	defer conn.Close(ctx)
	for _, statement := range []string{"ALTER SYSTEM SET log_statement = 'all'", "ALTER SYSTEM SET log_min_error_statement = 'error'",
		"ALTER SYSTEM SET log_error_verbosity = 'default'", "ALTER SYSTEM SET log_parameter_max_length = -1",
		"ALTER SYSTEM SET log_parameter_max_length_on_error = -1", "SELECT pg_reload_conf()"} {
		_, err := conn.Exec(ctx, statement)
		in.must(err)
	}
}

// monitorRedis listens to every command that Redis is sent, messages to channels among them, until the end of the test.
func (in *instance) monitorRedis() (heard func() string) {
	in.t.Helper()
	conn, err := net.Dial("tcp", in.stack.Redis.Addr())
	in.must(err)
	in.t.Cleanup(func() { conn.Close() })
	fmt.Fprint(conn, "MONITOR\r\n")
	var mu sync.Mutex
	var all strings.Builder
	go func() {
		for lines := bufio.NewScanner(conn); lines.Scan(); {
			mu.Lock()
			all.WriteString(lines.Text() + "\n")
			mu.Unlock()
		}
	}()
	return func() string {
		mu.Lock()
		defer mu.Unlock()
		return all.String()
	}
}

func (in *instance) file(path ...string) string {
	in.t.Helper()
	b, err := os.ReadFile(filepath.Join(append([]string{in.dir}, path...)...))
	in.must(err)
	return string(b)
}

// jsonLines leaves out what dev prints for the newcomer, which names demo people on purpose.
func jsonLines(log string) string {
	var out strings.Builder
	for line := range strings.Lines(log) {
		if strings.HasPrefix(line, "{") {
			out.WriteString(line)
		}
	}
	return out.String()
}
