package api

import (
	"context"
	"mime"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"eblagh/api/guard"
	"eblagh/hub"
	"eblagh/hub/access"
	"eblagh/hub/certificate"
)

// Certificates issues certificates of service. *certificate.Issuer implements it.
type Certificates interface {
	// Issue gives the same file as long as nothing new has happened. Errors: not-found, forbidden; wrong-state for an
	// addressee who has not opened the paper; overloaded while its receipts are about to be sealed.
	Issue(ctx context.Context, p access.Principal, notice hub.ID, language string) (certificate.File, error)
}

type certificateIn struct {
	PathID
	Language string `query:"language" enum:"fa,en" default:"fa"`
}

func (a *api) addCertificates() {
	rt := route{
		method: http.MethodGet, path: "/v1/notices/{id}/certificate", id: "getCertificate", tag: "notices", who: permitted,
		action: access.CertificateRead, summary: "The certificate of service, or of non-service, as a signed PDF",
		about: "For the submitter's side, and for the addressee once they opened the paper. It states what the sealed " +
			"receipts say as of a named checkpoint. It is signed once: until something new happens the same file is given.",
		refuses: []hub.Code{hub.CodeWrongState},
	}
	add(a, rt, a.getCertificate)
	a.documented(rt).Responses["200"].Content = map[string]*huma.MediaType{
		"application/pdf": {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}},
	}
}

func (a *api) getCertificate(ctx context.Context, in *certificateIn) (*documentOut, error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	file, err := a.deps.Certificates.Issue(ctx, caller(ctx), id, in.Language)
	if err != nil {
		return nil, inQuery(err)
	}
	return &documentOut{
		ContentType: "application/pdf", ETag: `"` + file.Said + `"`, Body: file.PDF,
		Disposition: mime.FormatMediaType("attachment", map[string]string{"filename": file.Name}),
		Policy:      guard.Sandboxed,
	}, nil
}
