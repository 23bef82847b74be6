package api

import (
	"context"
	"net/http"
	"time"

	"eblagh/hub"
	"eblagh/hub/access"
	"eblagh/hub/dispatch"
)

// NewHold is the body of POST /v1/holds.
type NewHold struct {
	Channel   hub.Channel `json:"channel,omitempty" enum:"inbox,sms" doc:"sms when only a submitter is given: arrivals are held by name only"`
	Provider  string      `json:"provider,omitempty" maxLength:"100" doc:"a provider of texts, by its name in the settings; every one when not given"`
	Submitter hub.ID      `json:"submitter,omitzero" format:"uuid" doc:"the organisation whose deliveries to hold; every one when not given"`
	Reason    string      `json:"reason" minLength:"1" maxLength:"500" doc:"for colleagues"`
}

// Hold is a hold in force.
type Hold struct {
	ID        string    `json:"id" format:"uuid"`
	Channel   string    `json:"channel,omitempty"`
	Provider  string    `json:"provider,omitempty"`
	Submitter string    `json:"submitter,omitempty" format:"uuid"`
	Reason    string    `json:"reason"`
	CreatedBy string    `json:"created_by" format:"uuid" doc:"person or key"`
	CreatedAt time.Time `json:"created_at"`
}

func viewHold(h hub.Hold) Hold {
	return Hold{h.ID.String(), string(h.Channel), h.Provider, idText(h.Submitter), h.Reason, h.CreatedBy.String(), h.CreatedAt.UTC()}
}

type newHoldIn struct{ Body Body[NewHold] }

func (a *api) addHolds() {
	add(a, route{
		method: http.MethodPost, path: "/v1/holds", id: "hold", tag: "operations", who: permitted, action: access.Operate,
		payload: payloadJSON, creates: true, status: http.StatusCreated, summary: "Hold a channel, a provider or a submitter",
		about: "Deliveries that a hold covers stay `pending` and do not start until it is released; what an attempt has " +
			"begun goes on. What is given together is held where all of it meets. Texts of a held provider go through others, " +
			"or wait. Arrivals are held only when `channel` is `inbox`; one-time codes never: they go " +
			"through a held provider only when there is no other.",
	}, a.postHold)
	add(a, route{
		method: http.MethodGet, path: "/v1/holds", id: "listHolds", tag: "operations", who: permitted,
		action: access.LanesRead, summary: "The holds in force, newest first",
	}, a.listHolds)
	add(a, route{
		method: http.MethodDelete, path: "/v1/holds/{id}", id: "releaseHold", tag: "operations", who: permitted,
		action: access.Operate, status: http.StatusNoContent, summary: "Release a hold",
		about: "What no other hold covers starts at once.",
	}, a.releaseHold)
}

func (a *api) postHold(ctx context.Context, in *newHoldIn) (*answer[Hold], error) {
	n, err := in.Body.take()
	if err != nil {
		return nil, err
	}
	held, err := a.deps.Dispatcher.Hold(ctx, caller(ctx), dispatch.NewHold(n))
	if err != nil {
		return nil, err
	}
	return &answer[Hold]{viewHold(held)}, nil
}

func (a *api) listHolds(ctx context.Context, _ *empty) (*answer[Page[Hold]], error) {
	list, err := a.deps.Reader.Holds(ctx, caller(ctx))
	if err != nil {
		return nil, err
	}
	return pageOf(list, "", viewHold), nil
}

func (a *api) releaseHold(ctx context.Context, in *PathID) (*empty, error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	return nil, a.deps.Dispatcher.Release(ctx, caller(ctx), id)
}
