package web

import (
	"cmp"
	"time"

	"eblagh/hub"
	"eblagh/hub/access"
)

// holdView is a hold in force, and whether the visitor may release it.
type holdView struct {
	ID         hub.ID
	Channel    hub.Channel
	Submitter  hub.ID // zero: every one
	Reason     string
	CreatedAt  time.Time
	Releasable bool
}

// holds lists what is held.
func (v *visit) holds() ([]holdView, error) {
	list, err := v.site.deps.Reader.Holds(v.r.Context(), v.principal)
	if err != nil {
		return nil, err
	}
	_, refused := access.May(v.principal, access.Operate)
	out := make([]holdView, len(list))
	for i, h := range list {
		out[i] = holdView{ID: h.ID, Channel: cmp.Or(h.Channel, hub.ChannelSMS), Submitter: h.Submitter, Reason: h.Reason,
			CreatedAt: h.CreatedAt, Releasable: refused == nil}
	}
	return out, nil
}

// release answers POST /operator/holds/{hold}/release.
func (s *site) release(v *visit) error {
	id, err := v.id("hold")
	if err != nil {
		return err
	}
	if err := s.deps.Dispatcher.Release(v.r.Context(), v.principal, id); err != nil {
		return err
	}
	v.flash("released")
	return v.redirect("/operator")
}
