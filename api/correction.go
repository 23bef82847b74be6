package api

import (
	"context"
	"net/http"

	"eblagh/hub"
	"eblagh/hub/access"
)

type correctionIn struct {
	PathID
	Body Body[NewNotice]
}

func (a *api) addCorrection() {
	rt := route{
		method: http.MethodPost, path: "/v1/notices/{id}/correct", id: "correctNotice", tag: "notices", who: permitted, weight: 1, accepts: true,
		action: access.NoticeSubmit, payload: payloadJSON, creates: true, status: http.StatusCreated,
		summary: "Correct a notice that has arrived",
		about: "The correction is a new notice to the same addressee, and a service of its own; the two name each other. " +
			"A notice is corrected once: to correct again, correct the latest correction." + submits,
		refuses: []hub.Code{hub.CodeNotEnrolled, hub.CodeDuplicateReference, hub.CodeWrongState},
	}
	add(a, rt, a.correctNotice)
	a.documentDraft(rt)
}

func (a *api) correctNotice(ctx context.Context, in *correctionIn) (*submitted, error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	n, err := in.Body.take()
	if err != nil {
		return nil, err
	}
	result, err := a.deps.Dispatcher.Correct(ctx, caller(ctx), id, paper(n), callFrom(ctx).idempotent)
	if err != nil {
		return nil, err
	}
	return a.viewSubmitted(result), nil
}
