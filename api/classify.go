package api

import (
	"context"
	"net/http"

	"eblagh/hub"
	"eblagh/hub/access"
)

// Classifier says of which kind a case is. *retention.Keeper implements it.
type Classifier interface {
	Classify(ctx context.Context, p access.Principal, matter hub.ID, kind string) error
}

// Classification is the body of PUT /v1/cases/{id}/kind.
type Classification struct {
	Kind string `json:"kind" minLength:"1" maxLength:"40" doc:"a word such as civil, criminal, family"`
}

type classificationIn struct {
	PathID
	Body Body[Classification]
}

func (a *api) addClassification() {
	add(a, route{
		method: http.MethodPut, path: "/v1/cases/{id}/kind", id: "classifyCase", tag: "cases", who: permitted,
		action: access.CaseClassify, payload: payloadJSON, status: http.StatusNoContent, refuses: []hub.Code{hub.CodeWrongState},
		summary: "Say of which kind a case is",
		about: "Where nobody has said it before; the judges of the branch say otherwise too. The kind decides whether the case is " +
			"restricted (family, minors). A clerk who restricts it by that is assigned to it.",
	}, a.putClassification)
}

func (a *api) putClassification(ctx context.Context, in *classificationIn) (*empty, error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	c, err := in.Body.take()
	if err != nil {
		return nil, err
	}
	return nil, a.deps.Classifier.Classify(ctx, caller(ctx), id, c.Kind)
}
