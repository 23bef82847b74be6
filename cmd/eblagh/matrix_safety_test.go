package main

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// shared are the answers that are nobody's own, and so may be kept.
var shared = regexp.MustCompile(`^GET /(log/|static/|docs|openapi\.json)`)

// shown are the bytes that somebody else made and a page of ours shows in a frame, and what is set for the eye alone.
var shown = regexp.MustCompile(`^GET /.*/(documents/\{|certificate$)`)

// alive is what runs or loads where only markup should stand.
var alive = regexp.MustCompile(`(?i)<script(?:[^>]*)>[^<]|<script(?:\s+(?:type|defer|async)[^ >]*)*>|<[a-z][^>]*\son[a-z]+\s*=|<[a-z][^>]*\sstyle\s*=|<style|javascript:|<base\b|<object|<embed`)

// wantSafe holds an answer to what every answer tells a browser. It knows the route's pattern, and what it may open.
func wantSafe(t *testing.T, what, pattern string, a matrixAnswer) {
	t.Helper()
	for _, wrong := range unsafe(pattern, a) {
		t.Errorf("%s: %d: %s", what, a.status, wrong)
	}
}

func unsafe(pattern string, a matrixAnswer) (wrong []string) {
	say := func(bad bool, format string, args ...any) {
		if bad {
			wrong = append(wrong, fmt.Sprintf(format, args...))
		}
	}
	h, framed := a.header, shown.MatchString(pattern)
	one := func(name string, allowed ...string) {
		values := h.Values(name)
		say(len(values) != 1 || !slices.Contains(allowed, values[0]), "%s is %q, want one of %q", name, values, allowed)
	}
	one("X-Content-Type-Options", "nosniff")
	one("Referrer-Policy", "no-referrer", "same-origin")
	one("Cross-Origin-Opener-Policy", "same-origin")
	frames := []string{"DENY"}
	if framed {
		frames = append(frames, "SAMEORIGIN")
	}
	one("X-Frame-Options", frames...)
	resource := "same-origin"
	if strings.HasPrefix(pattern, "GET /log/") && a.status == http.StatusOK {
		resource = "cross-origin"
	}
	one("Cross-Origin-Resource-Policy", resource)
	say(h.Get("Access-Control-Allow-Origin") != "" && resource != "cross-origin", "other sites may read it")
	if !shared.MatchString(pattern) || a.status >= 400 {
		one("Cache-Control", "no-store", "private, no-store")
	}
	say(!strings.Contains(h.Get("Permissions-Policy"), "camera=()"), "Permissions-Policy is %q", h.Get("Permissions-Policy"))
	for _, policy := range h.Values("Content-Security-Policy") {
		for _, part := range []string{"default-src 'none'", "base-uri 'none'", "form-action ", "frame-ancestors "} {
			say(!strings.Contains(policy, part), "the policy lacks %q: %s", part, policy)
		}
		say(regexp.MustCompile(`unsafe-eval|http:|https:|\*|script-src[^;]*unsafe|script-src[^;]*data:`).MatchString(policy), "the policy is open: %s", policy)
		say(strings.Contains(policy, "unsafe-inline") && !framed, "the policy takes inline styles: %s", policy)
	}
	say(len(h.Values("Content-Security-Policy")) != 1, "%d policies", len(h.Values("Content-Security-Policy")))
	say(a.location != "" && (!strings.HasPrefix(a.location, "/") || strings.HasPrefix(a.location, "//") || strings.Contains(a.location, `\`)),
		"it leads to %q", a.location)
	if a.status == http.StatusTooManyRequests || h.Get("RateLimit") != "" {
		for name, form := range map[string]string{"RateLimit": `^"[a-z]+";r=\d+(;t=\d+)?$`,
			"RateLimit-Policy": `^"[a-z]+";q=\d+;(w=\d+|qu="concurrent-requests")$`} {
			say(len(h.Values(name)) == 0, "no %s", name)
			for _, value := range h.Values(name) {
				say(!regexp.MustCompile(form).MatchString(value), "%s is %q", name, value)
			}
		}
	}
	say(a.status == http.StatusTooManyRequests && h.Get("Retry-After") == "", "no Retry-After")
	if strings.HasPrefix(h.Get("Content-Type"), "text/html") {
		say(alive.Match(a.body), "something stands in the page that runs: %q", alive.Find(a.body))
	}
	for _, c := range (&http.Response{Header: h}).Cookies() {
		say(!c.HttpOnly || c.SameSite != http.SameSiteLaxMode && c.SameSite != http.SameSiteStrictMode, "cookie %s is open: %s", c.Name, c.Raw)
		say(c.Path != "/" || c.Domain != "", "cookie %s goes elsewhere: %s", c.Name, c.Raw)
	}
	return wrong
}

// CSRF: whatever changes something refuses a page of another site that rides on the session, signing in and out as well,
// for everybody who may do it; and does it for our own page.
func TestNoPageOfAnotherSiteChangesAnything(t *testing.T) {
	w := newMatrixWorld(t)
	rows, tried := w.rows(), 0
	for _, c := range w.everyCall() {
		row := rows[c.pattern]
		c = c.as(row)
		if strings.HasPrefix(c.pattern, "GET ") {
			continue
		}
		o := matrixObject{}
		if len(row.objects) > 0 {
			o = row.objects[0]
		}
		p, found := w.allowed(c, o)
		if !found {
			if c.action != "" { // a key's alone
				continue
			}
			t.Errorf("%s: nobody may do it with a session", c.pattern)
			continue
		}
		tried++
		ids := o.take()
		for name, headers := range map[string][]string{
			"another site's page":      {"Sec-Fetch-Site", "cross-site", "Origin", "https://evil.example"},
			"a neighbour's page":       {"Sec-Fetch-Site", "same-site"},
			"an older browser's":       {"Sec-Fetch-Site", "", "Origin", "https://evil.example"},
			"a frame without a name":   {"Sec-Fetch-Site", "", "Origin", "null"},
			"a page that forges hosts": {"Sec-Fetch-Site", "", "Origin", "https://evil.example", "X-Forwarded-Host", "evil.example", "Forwarded", "host=evil.example"},
			"a very old browser's":     {"Sec-Fetch-Site", "", "Referer", "https://evil.example/"},
		} {
			if name == "a very old browser's" && !c.page {
				continue // programs say nothing of the kind
			}
			foreign := c
			foreign.outside = true
			a := w.call(t, foreign, row, p, ids, headers...)
			if a.status != http.StatusForbidden || len((&http.Response{Header: a.header}).Cookies()) > 0 {
				t.Errorf("%s as %s from %s: %d %.200s", c.pattern, p.name, name, a.status, a.body)
			}
			wantSafe(t, c.pattern+" from "+name, c.pattern, a)
		}
		if a := w.call(t, c, row, p, ids, "Sec-Fetch-Site", "same-origin"); a.status == http.StatusForbidden && !slices.Contains(row.content, a.status) {
			t.Errorf("%s as %s from our own page: %d %.200s", c.pattern, p.name, a.status, a.body)
		}
	}
	if tried < 50 {
		t.Errorf("%d calls were tried", tried)
	}
}

// allowed finds somebody with a session whom the policy lets do it.
func (w *matrixWorld) allowed(c matrixCall, o matrixObject) (matrixPrincipal, bool) {
	for _, p := range w.principals {
		if p.key == "" && p.cookie != nil && c.expected(p.principal, o) == 0 {
			return p, true
		}
	}
	return matrixPrincipal{}, false
}

// What is served outside of the table keeps to the same headers, whatever it answers.
func TestEverythingElseIsSafeToo(t *testing.T) {
	w := newMatrixWorld(t)
	for pattern, paths := range map[string][]string{
		"GET /livez": {"/livez"}, "GET /readyz": {"/readyz"}, "GET /openapi.json": {"/openapi.json"}, "GET /docs": {"/docs", "/docs/"},
		"GET /docs/docs.css": {"/docs/docs.css"}, "GET /static/{name}": {"/static/app.css", "/static/live.js", "/static/nothing", "/static/../app.css"},
		"GET /v1/live": {"/v1/live"}, "GET /dev/phones/{mobile}": {"/dev/phones/09120000001"}, "GET /callbacks/{provider}": {"/callbacks/nobody"},
		"GET /nothing": {"/nothing", "/v1/nothing", "/v1/", "/v1", "//evil.example/", "/v1//inbox", "/%2e%2e/v1/me", "/inbox/%00", "/inbox/../court"},
	} {
		for _, path := range paths {
			for _, p := range []string{"the citizen", "nobody"} {
				a := w.call(t, matrixCall{pattern: "GET " + path, page: true, outside: true}, matrixRow{}, w.named(p), nil)
				wantSafe(t, path+" as "+p, pattern, a)
			}
		}
	}
}

// Where people come over TLS every cookie stays there, is tied to this host, and browsers are told never to come without.
func TestCookiesOverTLS(t *testing.T) {
	w := newMatrixWorldWith(t, func(o *Options) { o.Config.PublicURL = "https://hub.example" })
	rows, seen := w.rows(), map[string]bool{}
	for _, pattern := range []string{"POST /language", "POST /acting", "POST /confirm", "POST /sign-in", "POST /sign-out",
		"POST /account/sessions/revoke", "POST /account/second-factor", "POST /v1/session"} {
		row := rows[pattern]
		c := matrixCall{pattern: pattern, page: !strings.Contains(pattern, "/v1/"), outside: true}
		switch pattern {
		case "POST /acting":
			row.body = "for=" + w.company.String()
		case "POST /sign-in":
			row.body = "national_id=" + w.numbers["the citizen"] + "&personal_code=1"
		}
		a := w.call(t, c, row, w.named("an owner for themselves"), nil)
		if a.header.Get("Strict-Transport-Security") == "" {
			t.Errorf("%s: no Strict-Transport-Security", pattern)
		}
		for _, cookie := range (&http.Response{Header: a.header}).Cookies() {
			seen[strings.TrimPrefix(cookie.Name, "__Host-")] = true
			if !strings.HasPrefix(cookie.Name, "__Host-") || !cookie.Secure || cookie.Path != "/" || cookie.Domain != "" || !cookie.HttpOnly {
				t.Errorf("%s: cookie %s", pattern, cookie.Raw)
			}
		}
	}
	for _, name := range []string{"eblagh", "eblagh_language", "eblagh_acting", "eblagh_confirm", "eblagh_challenge", "eblagh_done"} {
		if !seen[name] {
			t.Errorf("%s was not set: nothing was tried (%v)", name, seen)
		}
	}
}

// Where `next` leads on, it never leads away.
func TestNothingLeadsToAnotherSite(t *testing.T) {
	w := newMatrixWorld(t)
	rows := w.rows()
	for _, next := range []string{"https://evil.example/", "//evil.example", `/\evil.example`, "/\t/evil.example", "javascript:alert(1)",
		"http:evil.example", "///evil.example", `\\evil.example`, "/%0d%0aSet-Cookie:x=y", "data:text/html,x", "/.//evil.example", " //evil.example",
		"https:/evil.example", "/inbox@evil.example", "/%5cevil.example", "/\x00/evil.example", "//evil.example/%2f.."} {
		for _, c := range w.everyCall() {
			row := rows[c.pattern]
			if !c.page || row.objects != nil || row.fresh {
				continue
			}
			p := w.named("the citizen")
			if row.who == "anyone" && !strings.HasPrefix(c.pattern, "POST /language") {
				p = w.named("nobody")
			}
			escaped := strings.NewReplacer("%", "%25", "&", "%26", "\t", "%09", "\x00", "%00", " ", "%20", `\`, "%5C", "+", "%2B").Replace(next)
			row.query = "?next=" + escaped
			if row.body != "" {
				row.body += "&next=" + escaped
			}
			a := w.call(t, c, row, p, nil)
			where := a.location + a.header.Get("HX-Redirect") + a.header.Get("HX-Location") + a.header.Get("Refresh")
			if leadsAway(a.location) || strings.Contains(strings.ReplaceAll(where, "next=%2F", "next="), "next=%2F%2F") {
				t.Errorf("%s leads to %q for %q", c.pattern, where, next)
			}
			if value := regexp.MustCompile(`name="next" value="([^"]*)"`).FindSubmatch(a.body); value != nil && leadsAway(string(value[1])) {
				t.Errorf("%s would lead to %q for %q", c.pattern, value[1], next)
			}
		}
	}
}

// leadsAway reports whether a browser could take an address for another site's: it strips tabs and ends of lines, and takes
// backslashes for slashes (WHATWG URL §4.4).
func leadsAway(address string) bool {
	address = strings.NewReplacer("\t", "", "\n", "", "\r", "", `\`, "/").Replace(strings.TrimSpace(address))
	return address != "" && (!strings.HasPrefix(address, "/") || strings.HasPrefix(address, "//"))
}
