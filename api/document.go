package api

import (
	"context"
	"encoding/hex"
	"io"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"eblagh/hub"
	"eblagh/hub/access"
)

// Intake takes documents in. *document.Intake implements it.
type Intake interface {
	// Accept reads the body once. Errors: unsupported-document, too-large, forbidden, or what reading said.
	Accept(ctx context.Context, p access.Principal, fileName, mediaType string, body io.Reader) (hub.Document, error)
}

// Document is immutable bytes by their SHA-256.
type Document struct {
	ID        string    `json:"id" format:"uuid"`
	SHA256    string    `json:"sha256" pattern:"^[0-9a-f]{64}$"`
	Size      int64     `json:"size" doc:"bytes"`
	MediaType string    `json:"media_type" enum:"application/pdf,image/jpeg,image/png"`
	FileName  string    `json:"file_name,omitempty"`
	CreatedAt time.Time `json:"created_at"`
}

func viewDocument(d hub.Document) Document {
	return Document{d.ID.String(), hex.EncodeToString(d.SHA256[:]), d.Size, d.MediaType, d.FileName, d.CreatedAt.UTC()}
}

func viewDocuments(list []hub.Document) []Document {
	out := make([]Document, len(list))
	for i, d := range list {
		out[i] = viewDocument(d)
	}
	return out
}

type documentIn struct {
	Filename string `query:"filename" maxLength:"200" doc:"the name to show to the addressee"`
}

func (a *api) addDocuments() {
	rt := route{
		method: http.MethodPost, path: "/v1/documents", id: "uploadDocument", tag: "documents", who: permitted, weight: 8,
		action: access.DocumentUpload, payload: payloadDocument, limit: limitDocument, creates: true,
		status: http.StatusCreated, summary: "Upload a paper",
		about: "The body is the file itself. The same bytes of the same submitter get the same id. Broken, empty and " +
			"renamed files are refused.",
		refuses: []hub.Code{hub.CodeUnsupportedDocument},
	}
	add(a, rt, a.postDocument)
	body := map[string]*huma.MediaType{}
	for _, t := range payloadDocument.mediaTypes() {
		body[t] = &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}
	}
	a.documented(rt).RequestBody = &huma.RequestBody{Required: true, Content: body}
}

func (a *api) postDocument(ctx context.Context, in *documentIn) (*created[Document], error) {
	r := callFrom(ctx).request
	d, err := a.deps.Intake.Accept(ctx, caller(ctx), in.Filename, r.Header.Get("Content-Type"), r.Body)
	if err != nil {
		return nil, bodyError(err)
	}
	return createdAt("", viewDocument(d)), nil
}
