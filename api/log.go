package api

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
	"net/http"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"eblagh/api/guard"
	"eblagh/hub"
)

// Log is the public log. *postgres.DB implements it.
type Log interface {
	// Checkpoint is the newest signed checkpoint. Errors: not-found before the first.
	Checkpoint(ctx context.Context) (string, error)
	// TileAt is the tile at a path that ledger.ParseTilePath reads. Errors: not-found.
	TileAt(ctx context.Context, path string) ([]byte, error)
}

// logPerMinute is how often one address may read the log: a monitor that catches up takes some thousands of tiles.
const logPerMinute = 6000

// addLog serves the log as C2SP tlog-tiles has it. Its addresses have as many elements as the log's size needs, which
// no template of OpenAPI can say: the document describes them by hand.
func (a *api) addLog() {
	if a.deps.Log == nil {
		return
	}
	l := &logDoor{a, guard.NewRate(cmp.Or(a.deps.LogPerMinute, logPerMinute), a.deps.Doors.Address)}
	a.mux.HandleFunc("GET /log/checkpoint", l.door("getLogCheckpoint", l.checkpoint))
	a.mux.HandleFunc("GET /log/tile/", l.door("getLogTile", l.tile))
	a.documentLog()
}

type logDoor struct {
	*api
	rate *guard.Rate
}

// door is what the chain is for other routes: nobody signs in here, and there is no body.
func (l *logDoor) door(id string, serve func(http.ResponseWriter, *http.Request) error) http.HandlerFunc {
	rt := route{id: id, who: anyone}
	return func(w http.ResponseWriter, r *http.Request) {
		named(w, id)
		err := checkText(r)
		if err == nil && l.rate.Over(w, r) {
			err = hub.Refuse(hub.CodeRateLimited, "too many requests from this address; try again later")
		}
		if err == nil {
			err = serve(w, r)
		}
		if err != nil {
			l.refusal(r.Context(), rt, err).write(w)
		}
	}
}

func (l *logDoor) checkpoint(w http.ResponseWriter, r *http.Request) error {
	note, err := l.deps.Log.Checkpoint(r.Context())
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	guard.Public(h, "public, max-age=1")
	_, _ = w.Write([]byte(note)) // the caller may be gone
	return nil
}

// tile serves hashes and entries. A tile never changes: a partial one is that of a tree of its size, for ever.
func (l *logDoor) tile(w http.ResponseWriter, r *http.Request) error {
	tile, err := l.deps.Log.TileAt(r.Context(), strings.TrimPrefix(r.URL.Path, "/log/"))
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "application/octet-stream")
	guard.Public(h, "public, max-age=31536000, immutable")
	if strings.HasPrefix(r.URL.Path, "/log/tile/entries/") {
		h.Set("Vary", "Accept-Encoding")
		if accepts(r, "gzip") {
			h.Set("Content-Encoding", "gzip")
			tile = zipped(tile)
		}
	}
	h.Set("Content-Length", strconv.Itoa(len(tile)))
	_, _ = w.Write(tile) // the caller may be gone
	return nil
}

// accepts reports whether the caller names an encoding, and not to refuse it.
func accepts(r *http.Request, encoding string) bool {
	for item := range strings.SplitSeq(r.Header.Get("Accept-Encoding"), ",") {
		name, quality, _ := strings.Cut(strings.TrimSpace(item), ";")
		if strings.TrimSpace(name) == encoding {
			q, err := strconv.ParseFloat(strings.TrimPrefix(strings.TrimSpace(quality), "q="), 64)
			return err != nil || q > 0
		}
	}
	return false
}

func zipped(content []byte) []byte {
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	_, _ = z.Write(content) // a buffer takes everything
	_ = z.Close()
	return out.Bytes()
}

func (a *api) documentLog() {
	text := &huma.Schema{Type: huma.TypeString}
	binary := &huma.Schema{Type: huma.TypeString, Format: "binary"}
	open := []map[string][]string{}
	add := func(path, id, summary, about, mediaType string, schema *huma.Schema, params ...*huma.Param) {
		op := &huma.Operation{Method: http.MethodGet, Path: path, OperationID: id, Tags: []string{"log"}, Summary: summary,
			Description: about, Security: open, Parameters: params, Responses: map[string]*huma.Response{
				"200": {Description: "OK", Content: map[string]*huma.MediaType{mediaType: {Schema: schema}}},
			}}
		for _, code := range []hub.Code{hub.CodeValidation, hub.CodeNotFound, hub.CodeRateLimited, hub.CodeOverloaded, hub.CodeInternal} {
			documentRefusal(op, kinds[code].status, code)
		}
		documentRefusal(op, http.StatusBadRequest, hub.CodeValidation)
		a.huma.OpenAPI().AddOperation(op)
	}
	add("/log/checkpoint", "getLogCheckpoint", "The head of the log, signed", "A C2SP tlog-checkpoint; its one extension line says its time. Needs no sign-in.",
		"text/plain; charset=utf-8", text)
	n := &huma.Param{Name: "n", In: "path", Required: true, Schema: &huma.Schema{Type: huma.TypeString},
		Description: "the tile's number in elements of three digits, all but the last with an x before them; then .p and the width, if partial: x001/x234/067.p/8"}
	level := &huma.Param{Name: "level", In: "path", Required: true, Schema: &huma.Schema{Type: huma.TypeString},
		Description: "0 to 7"}
	add("/log/tile/{level}/{n}", "getLogTile", "Hashes of the log", "A C2SP tlog-tiles tile of 256 hashes. Needs no sign-in.",
		"application/octet-stream", binary, level, n)
	add("/log/tile/entries/{n}", "getLogEntries", "Entries of the log", "A bundle of 256 entries, each with its length before it. Needs no sign-in.",
		"application/octet-stream", binary, n)
}
