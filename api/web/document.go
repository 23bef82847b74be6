package web

import (
	"encoding/hex"
	"mime"
	"strconv"
	"strings"

	"eblagh/api/guard"
	"eblagh/hub"
)

// documentView is one document of an opened notice.
type documentView struct {
	ID     hub.ID
	Name   string
	Size   string
	Image  bool
	SHA256 string
}

func (v *visit) documents(docs []hub.Document) []documentView {
	out := make([]documentView, len(docs))
	for i, d := range docs {
		out[i] = documentView{
			ID: d.ID, Name: d.FileName, Size: v.size(d.Size), Image: strings.HasPrefix(d.MediaType, "image/"),
			SHA256: hex.EncodeToString(d.SHA256[:]),
		}
		if d.FileName == "" {
			out[i].Name = v.site.texts[v.language].text("document.name", "n", i+1)
		}
	}
	return out
}

// size writes a number of bytes in KB, from a million on in MB.
func (v *visit) size(bytes int64) string {
	texts := v.site.texts[v.language]
	if bytes < 1_000_000 {
		return texts.text("size.kb", "n", max(1, bytes/1000))
	}
	return texts.text("size.mb", "n", strconv.FormatFloat(float64(bytes)/1e6, 'f', 1, 64))
}

// document answers GET /inbox/{notice}/documents/{document} with the bytes.
func (s *site) document(v *visit) error {
	notice, err := v.id("notice")
	if err != nil {
		return err
	}
	document, err := v.id("document")
	if err != nil {
		return err
	}
	d, bytes, err := s.deps.Reader.Document(v.r.Context(), v.principal, notice, document)
	if err != nil {
		return err
	}
	v.writeDocument(d, bytes)
	return nil
}

// viewerPolicy is for what a browser shows with a viewer of its own.
const viewerPolicy = "default-src 'none'; style-src 'unsafe-inline'; object-src 'self'; base-uri 'none'; form-action 'none'; " +
	"frame-ancestors 'self'"

// writeDocument answers with bytes that may stand in a frame of our own pages; nothing in them runs, and the browser
// believes the type that we found them to be.
func (v *visit) writeDocument(d hub.Document, bytes []byte) {
	h := v.w.Header()
	h.Set("Content-Security-Policy", guard.Sandboxed)
	if d.MediaType == "application/pdf" { // a sandbox would keep the browser's own viewer out; the intake takes none that acts
		h.Set("Content-Security-Policy", viewerPolicy)
	}
	h.Set("X-Frame-Options", "SAMEORIGIN")
	h.Set("Content-Type", d.MediaType)
	h.Set("Content-Disposition", disposition(d))
	h.Set("Content-Length", strconv.Itoa(len(bytes)))
	h.Set("ETag", `"`+hex.EncodeToString(d.SHA256[:])+`"`)
	_, _ = v.w.Write(bytes) // the reader went away: nobody is left to tell
}

// disposition shows the document in place, and names it for who saves it.
func disposition(d hub.Document) string {
	name := d.FileName
	if name == "" {
		name = d.ID.String() + map[string]string{"application/pdf": ".pdf", "image/jpeg": ".jpg", "image/png": ".png"}[d.MediaType]
	}
	if s := mime.FormatMediaType("inline", map[string]string{"filename": name}); s != "" {
		return s
	}
	return "inline"
}
