package api

import (
	"context"
	"net/http"

	"eblagh/hub"
	"eblagh/hub/access"
	"eblagh/hub/reading"
)

// Deliveries tells where deliveries stand and why. *reading.Reader implements it.
type Deliveries interface {
	Delivery(ctx context.Context, p access.Principal, id hub.ID) (reading.Followed, error)
	Deliveries(ctx context.Context, p access.Principal, notice hub.ID) ([]reading.Followed, error)
	Astray(ctx context.Context, p access.Principal, q reading.AstrayQuery) (reading.AstrayPage, error)
}

func viewDelivery(d hub.Delivery) Delivery {
	return Delivery{ID: d.ID.String(), Channel: string(d.Channel), Status: string(d.Status), Attempts: d.Attempts,
		LastReason: string(d.LastReason), Replays: idText(d.Replays), UpdatedAt: d.UpdatedAt.UTC()}
}

// deliveriesIn asks for the deliveries of a notice, or for a list of those that somebody should look at.
type deliveriesIn struct {
	PageQuery
	NoticeID string `query:"notice_id" maxLength:"36" doc:"every delivery of this notice"`
	List     string `query:"list" enum:"dead,doubtful,late" doc:"failed or expired and not replayed; unknown; or due for a minute and not begun. For those who watch the lanes"`
}

func (a *api) addDeliveries() {
	add(a, route{
		method: http.MethodGet, path: "/v1/deliveries/{id}", id: "getDelivery", tag: "operations", who: permitted,
		action: access.DeliveryRead, summary: "Where a delivery stands, and why",
		about: "Nothing of the paper shows. The submitter sees its own deliveries, operators all.",
	}, a.getDelivery)
	add(a, route{
		method: http.MethodGet, path: "/v1/deliveries", id: "listDeliveries", tag: "operations", who: permitted,
		action: access.DeliveryRead, summary: "The deliveries of a notice, or those that somebody should look at",
		about: "Give `notice_id` or `list`.", refuses: []hub.Code{hub.CodeNotFound},
	}, a.listDeliveries)
	add(a, route{
		method: http.MethodPost, path: "/v1/deliveries/{id}/replay", id: "replayDelivery", tag: "operations", who: permitted,
		action: access.Operate, creates: true, status: http.StatusCreated, summary: "Send a text again that failed or expired",
		about: "A new delivery, due at once, names the dead one in `replays`; the dead one stays as it is. A delivery is " +
			"replayed once. Arrivals and one-time codes are never replayed.",
		refuses: []hub.Code{hub.CodeWrongState},
	}, a.replayDelivery)
}

func (a *api) getDelivery(ctx context.Context, in *PathID) (*answer[FollowedDelivery], error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	followed, err := a.deps.Reader.Delivery(ctx, caller(ctx), id)
	if err != nil {
		return nil, err
	}
	return &answer[FollowedDelivery]{viewFollowed(followed)}, nil
}

func (a *api) listDeliveries(ctx context.Context, in *deliveriesIn) (*answer[Page[FollowedDelivery]], error) {
	if (in.NoticeID == "") == (in.List == "") {
		return nil, refuseField(hub.CodeValidation, "/query/list", "required", "give notice_id or list, one of them")
	}
	if in.NoticeID != "" {
		notice, err := queryID("notice_id", in.NoticeID)
		if err != nil {
			return nil, err
		}
		list, err := a.deps.Reader.Deliveries(ctx, caller(ctx), notice)
		if err != nil {
			return nil, err
		}
		return pageOf(list, "", viewFollowed), nil
	}
	page, err := a.deps.Reader.Astray(ctx, caller(ctx), reading.AstrayQuery{List: reading.Astray(in.List), After: in.After, Limit: in.limit()})
	if err != nil {
		return nil, inQuery(err)
	}
	return pageOf(page.Items, page.Next, viewFollowed), nil
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
