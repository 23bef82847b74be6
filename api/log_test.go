package api

import (
	"compress/gzip"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"eblagh/api/signin"
	"eblagh/hub"
)

type fakeLog map[string]string

func (f fakeLog) Checkpoint(context.Context) (string, error) { return f.at("checkpoint") }

func (f fakeLog) TileAt(_ context.Context, path string) ([]byte, error) {
	text, err := f.at(path)
	return []byte(text), err
}

func (f fakeLog) at(path string) (string, error) {
	if text, ok := f[path]; ok {
		return text, nil
	}
	return "", hub.ErrNotFound
}

// C2SP tlog-tiles: types, caching, 404 for what is not there; nobody signs in.
func TestThePublicLog(t *testing.T) {
	entries := strings.Repeat("eblagh/receipt/1 ", 100)
	a, err := build(Deps{Doors: &signin.Doors{}, Log: fakeLog{"checkpoint": "note", "tile/0/000.p/3": "hashes", "tile/entries/000": entries}, LogPerMinute: 20})
	if err != nil {
		t.Fatal(err)
	}
	get := func(method, path string, header ...string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(method, path, nil)
		for i := 0; i < len(header); i += 2 {
			r.Header.Set(header[i], header[i+1])
		}
		w := httptest.NewRecorder()
		a.front(w, r)
		return w
	}
	for path, want := range map[string]struct {
		status            int
		body, media, keep string
	}{
		"/log/checkpoint":       {200, "note", "text/plain; charset=utf-8", "public, max-age=1"},
		"/log/tile/0/000.p/3":   {200, "hashes", "application/octet-stream", "public, max-age=31536000, immutable"},
		"/log/tile/entries/000": {200, entries, "application/octet-stream", "public, max-age=31536000, immutable"},
		"/log/tile/0/001":       {404, "", problemType, "no-store"},
		"/log/tile/x":           {404, "", problemType, "no-store"},
		"/log/nothing":          {404, "", problemType, "no-store"},
		"/log/tile/0/000?%ff=1": {422, "", problemType, "no-store"},
	} {
		got := get("GET", path)
		if got.Code != want.status || got.Header().Get("Content-Type") != want.media || got.Header().Get("Cache-Control") != want.keep {
			t.Errorf("%s: %d %v", path, got.Code, got.Header())
		}
		if want.body != "" && got.Body.String() != want.body {
			t.Errorf("%s: %q", path, got.Body)
		}
	}
	zipped := get("GET", "/log/tile/entries/000", "Accept-Encoding", "br, gzip;q=0.5")
	z, err := gzip.NewReader(zipped.Body)
	if err != nil {
		t.Fatal(err)
	}
	if text, err := io.ReadAll(z); err != nil || string(text) != entries || zipped.Header().Get("Content-Encoding") != "gzip" {
		t.Errorf("%q, %v", text, err)
	}
	if plain := get("GET", "/log/tile/entries/000", "Accept-Encoding", "gzip;q=0"); plain.Header().Get("Content-Encoding") != "" {
		t.Error("zipped against the caller's will")
	}
	if got := get("HEAD", "/log/checkpoint"); got.Code != http.StatusOK {
		t.Errorf("HEAD: %d", got.Code)
	}
	limited := false
	for range 20 {
		limited = limited || get("GET", "/log/checkpoint").Code == http.StatusTooManyRequests
	}
	if !limited {
		t.Error("nobody counts")
	}
	if op := a.huma.OpenAPI().Paths["/log/tile/entries/{n}"]; op == nil || op.Get.Responses["429"] == nil {
		t.Error("the log is not documented")
	}
}
