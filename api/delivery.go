package api

import (
	"context"
	"net/http"

	"eblagh/hub"
	"eblagh/hub/access"
)

func viewDelivery(d hub.Delivery) Delivery {
	return Delivery{ID: d.ID.String(), Channel: string(d.Channel), Status: string(d.Status), Attempts: d.Attempts,
		LastReason: string(d.LastReason), Replays: idText(d.Replays), UpdatedAt: d.UpdatedAt.UTC()}
}

func (a *api) addDeliveries() {
	add(a, route{
		method: http.MethodPost, path: "/v1/deliveries/{id}/replay", id: "replayDelivery", tag: "operations", who: permitted,
		action: access.Operate, creates: true, status: http.StatusCreated, summary: "Send a text again that failed or expired",
		about: "A new delivery, due at once, names the dead one in `replays`; the dead one stays as it is. A delivery is " +
			"replayed once. Arrivals and one-time codes are never replayed.",
		refuses: []hub.Code{hub.CodeWrongState},
	}, a.replayDelivery)
}

func (a *api) replayDelivery(ctx context.Context, in *PathID) (*answer[Delivery], error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	replayed, err := a.deps.Dispatcher.Replay(ctx, caller(ctx), id)
	if err != nil {
		return nil, err
	}
	return &answer[Delivery]{viewDelivery(replayed)}, nil
}
