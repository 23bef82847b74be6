package reading

import (
	"context"
	"fmt"

	"eblagh/hub"
	"eblagh/hub/access"
)

// Followed is a delivery, and why it stands where it is.
type Followed struct {
	hub.Tracked
	Why hub.Explanation
}

// Astray is a list of deliveries that somebody should look at.
type Astray string

// The lists.
const (
	Dead     Astray = "dead"     // failed or expired, and not replayed
	Doubtful Astray = "doubtful" // unknown
	Late     Astray = "late"     // due for a minute or more, and not begun
)

// AstrayQuery asks for a page of a list.
type AstrayQuery struct {
	List  Astray
	After string // the Next of the page before; "": from the beginning
	Limit int    // 1 to MaxLimit; 0: DefaultLimit
}

// AstrayPage is a page. Next is empty on the last.
type AstrayPage struct {
	Items []Followed
	Next  string
}

// Delivery tells where one delivery stands and why. Nothing of the paper is touched. Its submitter's side and those who
// watch over transport may ask. Errors: unauthorized, forbidden, not-found.
func (r *Reader) Delivery(ctx context.Context, p access.Principal, id hub.ID) (Followed, error) {
	list, err := r.follow(ctx, p, []hub.ID{id}, nil)
	if err != nil {
		return Followed{}, err
	}
	if len(list) == 0 {
		return Followed{}, hub.ErrNotFound
	}
	return list[0], nil
}

// Deliveries tells the same of every delivery of a notice, newest first. Errors: unauthorized, forbidden, not-found.
func (r *Reader) Deliveries(ctx context.Context, p access.Principal, notice hub.ID) ([]Followed, error) {
	list, err := r.follow(ctx, p, nil, []hub.ID{notice})
	if err == nil && len(list) == 0 {
		err = hub.ErrNotFound
	}
	return list, err
}

// follow leaves out what is not the principal's to see. Errors: not-found, when that is all there is.
func (r *Reader) follow(ctx context.Context, p access.Principal, deliveries, notices []hub.ID) ([]Followed, error) {
	if _, err := access.May(p, access.DeliveryRead); err != nil {
		return nil, err
	}
	var found []TrackedDelivery
	err := r.store.ReadAs(ctx, p, func(v View) error {
		all, err := v.Tracked(ctx, deliveries, notices)
		if err != nil {
			return err
		}
		found = nil // this may be run anew
		for _, d := range all {
			decision, err := access.Decide(p, access.DeliveryRead, access.Object{Organisation: d.Submitter})
			// That a paper is on its way to oneself is not told by a side door.
			if err != nil || decision.Relation == access.Same && d.Recipient == p.PersonID() && !d.Recipient.IsZero() {
				continue
			}
			if err := r.note(ctx, v, p, decision, access.DeliveryRead, d.ID, 1); err != nil {
				return err
			}
			found = append(found, d)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return r.explain(ctx, p, found)
}

// Astray lists deliveries that somebody should look at. Errors: unauthorized, forbidden, validation.
func (r *Reader) Astray(ctx context.Context, p access.Principal, q AstrayQuery) (AstrayPage, error) {
	d, err := access.May(p, access.LanesRead)
	if err != nil {
		return AstrayPage{}, err
	}
	var problems hub.Problems
	list, limit := r.lister(q, &problems), checkLimit(q.Limit, &problems)
	if err := problems.Err(); err != nil {
		return AstrayPage{}, err
	}
	var page AstrayPage
	var found []TrackedDelivery
	err = r.store.ReadAs(ctx, p, func(v View) error {
		ids, next, err := list(ctx, v, limit)
		if err != nil {
			return err
		}
		page.Next = next
		if found, err = v.Tracked(ctx, ids, nil); err != nil {
			return err
		}
		found = inOrder(found, ids)
		return r.note(ctx, v, p, d, access.LanesRead, hub.ID{}, len(found),
			idsOf(found, func(d TrackedDelivery) hub.ID { return d.ID })...)
	})
	if err != nil {
		return AstrayPage{}, err
	}
	page.Items, err = r.explain(ctx, p, found)
	return page, err
}

// lister gives what finds a page of a list and its next mark.
func (r *Reader) lister(q AstrayQuery, problems *hub.Problems) func(context.Context, View, int) ([]hub.ID, string, error) {
	byID := func(kind byte, find func(View) func(context.Context, hub.ID, int) ([]hub.ID, error)) func(context.Context, View, int) ([]hub.ID, string, error) {
		before, _ := readMark(q.After, kind, len(hub.ID{}), problems)
		return func(ctx context.Context, v View, limit int) ([]hub.ID, string, error) {
			var from hub.ID
			copy(from[:], before)
			ids, err := find(v)(ctx, from, limit+1)
			if len(ids) <= limit {
				return ids, "", err
			}
			return ids[:limit], idMark(kind, ids[limit-1]), err
		}
	}
	switch q.List {
	case Dead:
		return byID(markDead, func(v View) func(context.Context, hub.ID, int) ([]hub.ID, error) { return v.Dead })
	case Doubtful:
		return byID(markDoubt, func(v View) func(context.Context, hub.ID, int) ([]hub.ID, error) { return v.Doubtful })
	case Late:
		lane, mark := readLateMark(q.After, problems)
		return func(ctx context.Context, v View, limit int) ([]hub.ID, string, error) {
			return late(ctx, v, lane, mark, limit)
		}
	}
	problems.Add("/list", "unknown", "dead, doubtful or late")
	return nil
}

// late goes from lane to lane, the most pressing first.
func late(ctx context.Context, v View, lane int, mark LateMark, limit int) (ids []hub.ID, next string, err error) {
	for ; lane < len(hub.Lanes); lane, mark = lane+1, (LateMark{}) {
		found, err := v.Late(ctx, hub.Lanes[lane], mark, limit+1-len(ids))
		if err != nil {
			return nil, "", err
		}
		for _, m := range found {
			if len(ids) == limit { // there is one more
				return ids, next, nil
			}
			ids, next = append(ids, m.Delivery), lateMark(lane, m)
		}
	}
	return ids, "", nil
}

func inOrder(found []TrackedDelivery, ids []hub.ID) []TrackedDelivery {
	byID := make(map[hub.ID]TrackedDelivery, len(found))
	for _, d := range found {
		byID[d.ID] = d
	}
	out := found[:0]
	for _, id := range ids {
		if d, ok := byID[id]; ok {
			out = append(out, d)
		}
	}
	return out
}

// explain tells of each why it stands where it is. Why a hold was set, and by whom, is told to those who watch the lanes.
func (r *Reader) explain(ctx context.Context, p access.Principal, found []TrackedDelivery) ([]Followed, error) {
	if len(found) == 0 {
		return nil, nil
	}
	holds, err := r.store.HoldsInForce(ctx, holdLimit)
	if err != nil {
		return nil, fmt.Errorf("holds: %w", err)
	}
	var providers []hub.ProviderState
	if r.providers != nil {
		providers = r.providers()
	}
	_, outside := access.May(p, access.LanesRead)
	out := make([]Followed, len(found))
	for i, d := range found {
		if r.tries != nil {
			d.Tries = r.tries(hub.Lane{Channel: d.Channel, Priority: d.Priority})
		}
		why := hub.Explain(d.Tracked, holds, providers)
		if outside != nil {
			why.Hold.Reason, why.Hold.CreatedBy, why.Hold.ID = "", hub.ID{}, hub.ID{}
		}
		out[i] = Followed{d.Tracked, why}
	}
	return out, nil
}
