package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"eblagh/hub/access"
)

type evidenceIn struct {
	PathID
	Earlier int64 `query:"earlier" minimum:"1" doc:"the size of a checkpoint that you hold: the bundle then proves that the log extends it"`
}

// evidenceOut is a bundle in its canonical bytes: to encode it once more would not do.
type evidenceOut struct {
	ContentType  string `header:"Content-Type"`
	CacheControl string `header:"Cache-Control"`
	Body         []byte
}

func (a *api) addEvidence() {
	rt := route{
		method: http.MethodGet, path: "/v1/notices/{id}/evidence", id: "getEvidence", tag: "notices", who: permitted,
		action: access.ReceiptRead, summary: "What proves what happened to a notice",
		about: "A bundle of receipts, proofs of their place in the signed log, its checkpoint, timestamps and the history of " +
			"its keys, in canonical bytes. `eblagh verify` checks it offline with the log's public key. What the caller may " +
			"not see is withheld, and proved all the same.",
	}
	add(a, rt, a.getEvidence)
	a.documented(rt).Responses["200"].Content = map[string]*huma.MediaType{
		"application/json": {Schema: &huma.Schema{Type: huma.TypeObject}},
	}
}

func (a *api) getEvidence(ctx context.Context, in *evidenceIn) (*evidenceOut, error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	bundle, err := a.deps.Reader.Evidence(ctx, caller(ctx), id, in.Earlier)
	if err != nil {
		return nil, inQuery(err)
	}
	text, err := bundle.Marshal()
	if err != nil {
		return nil, err
	}
	return &evidenceOut{"application/json", "private, no-store", text}, nil
}
