package guard_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"eblagh/api/guard"
)

func TestWhoseFormItIs(t *testing.T) {
	origins := guard.NewOrigins()
	for _, c := range []struct {
		name, method string
		headers      []string
		call, page   bool // passes
	}{
		{"our page", "POST", []string{"Sec-Fetch-Site", "same-origin"}, true, true},
		{"typed in or an app's", "POST", []string{"Sec-Fetch-Site", "none"}, true, true},
		{"another site's page", "POST", []string{"Sec-Fetch-Site", "cross-site"}, false, false},
		{"a neighbour below the same domain", "POST", []string{"Sec-Fetch-Site", "same-site"}, false, false},
		{"another site's link", "GET", []string{"Sec-Fetch-Site", "cross-site"}, true, true},
		{"an older browser, our page", "POST", []string{"Origin", "https://hub.example"}, true, true},
		{"an older browser, another site's page", "POST", []string{"Origin", "https://evil.example"}, false, false},
		{"a sandboxed frame", "POST", []string{"Origin", "null"}, false, false},
		{"our name at another port", "POST", []string{"Origin", "https://hub.example:8443"}, false, false},
		{"our name within another", "POST", []string{"Origin", "https://hub.example.evil.example"}, false, false},
		{"a lie about Origin does not help Sec-Fetch-Site", "POST", []string{"Sec-Fetch-Site", "cross-site", "Origin", "https://hub.example"}, false, false},
		{"a forged host does not help", "POST", []string{"Origin", "https://evil.example", "X-Forwarded-Host", "evil.example"}, false, false},
		{"no browser", "POST", nil, true, false},
		{"a very old browser, our page", "POST", []string{"Referer", "https://hub.example/inbox"}, true, true},
		{"a very old browser, another site's page", "POST", []string{"Referer", "https://evil.example/hub.example"}, true, false},
		{"Referer without a host", "POST", []string{"Referer", "/inbox"}, true, false},
		{"reading", "GET", nil, true, true},
		{"another method that changes", "DELETE", []string{"Sec-Fetch-Site", "cross-site"}, false, false},
		{"a method of no kind", "PROPFIND", []string{"Origin", "https://evil.example"}, false, false},
	} {
		r := httptest.NewRequest(c.method, "https://hub.example/x", http.NoBody)
		for i := 0; i < len(c.headers); i += 2 {
			r.Header.Set(c.headers[i], c.headers[i+1])
		}
		if got := origins.Check(r) == nil; got != c.call {
			t.Errorf("%s: a call passes %v, want %v", c.name, got, c.call)
		}
		if got := origins.CheckPage(r) == nil; got != c.page {
			t.Errorf("%s: a page's form passes %v, want %v", c.name, got, c.page)
		}
	}
}
