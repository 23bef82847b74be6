package web

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
)

//go:embed static
var staticFiles embed.FS

// assets are the style sheet, scripts and fonts, held in memory. Their addresses carry a digest of the bytes, so that
// browsers may keep them for ever and still never show an old one.
type assets struct {
	bytes   map[string][]byte
	digests map[string]string
}

// readAssets reads every embedded file.
func readAssets() (*assets, error) {
	a := &assets{bytes: map[string][]byte{}, digests: map[string]string{}}
	files, err := fs.ReadDir(staticFiles, "static")
	if err != nil {
		return nil, fmt.Errorf("assets: %w", err)
	}
	for _, f := range files {
		raw, err := staticFiles.ReadFile("static/" + f.Name())
		if err != nil {
			return nil, fmt.Errorf("assets: %w", err)
		}
		sum := sha256.Sum256(raw)
		a.bytes[f.Name()], a.digests[f.Name()] = raw, hex.EncodeToString(sum[:6])
	}
	return a, nil
}

// url is the address of a file with its digest. The style sheet names fonts without one: they never change.
func (a *assets) url(name string) (string, error) {
	digest, ok := a.digests[name]
	if !ok {
		return "", fmt.Errorf("no asset %q", name)
	}
	return "/static/" + name + "?v=" + digest, nil
}

// ServeHTTP answers GET /static/{name}.
func (a *assets) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("name")
	raw, ok := a.bytes[name]
	if !ok {
		http.NotFound(w, r)
		return
	}
	h := w.Header()
	h.Set("Content-Type", mediaType(name))
	h.Set("ETag", `"`+a.digests[name]+`"`)
	h.Set("Cache-Control", "public, max-age=3600")
	if r.URL.Query().Get("v") == a.digests[name] || path.Ext(name) == ".woff2" {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	if strings.Contains(r.Header.Get("If-None-Match"), a.digests[name]) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	_, _ = w.Write(raw) // the reader went away: nobody is left to tell
}

// mediaType does not ask the machine's tables for what we ship ourselves.
func mediaType(name string) string {
	switch path.Ext(name) {
	case ".woff2":
		return "font/woff2"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".txt":
		return "text/plain; charset=utf-8"
	}
	return mime.TypeByExtension(path.Ext(name))
}
