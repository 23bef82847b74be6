package web

import (
	"cmp"
	"net/http"
	"time"

	"eblagh/hub"
	"eblagh/hub/access"
	"eblagh/hub/dispatch"
)

// holdView is a hold in force, and whether the visitor may release it.
type holdView struct {
	ID         hub.ID
	Channel    hub.Channel
	Provider   string
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
		out[i] = holdView{ID: h.ID, Channel: cmp.Or(h.Channel, hub.ChannelSMS), Provider: h.Provider, Submitter: h.Submitter, Reason: h.Reason,
			CreatedAt: h.CreatedAt, Releasable: refused == nil}
	}
	return out, nil
}

// hold answers POST /operator/holds.
func (s *site) hold(v *visit) error {
	f, err := readForm(v.r)
	if err != nil {
		return err
	}
	n := dispatch.NewHold{Channel: hub.Channel(f.value("hold_channel")), Provider: f.value("hold_provider"), Reason: f.value("hold_reason")}
	if text := f.value("hold_submitter"); text != "" {
		if n.Submitter, err = hub.ParseID(text); err != nil {
			f.wrong("hold_submitter", "unknown")
		}
	}
	if len(f.order) == 0 {
		if _, err = s.deps.Dispatcher.Hold(v.r.Context(), v.principal, n); err == nil {
			v.flash("held")
			return v.redirect("/operator")
		}
		if err := f.refused(err, map[string]string{"/channel": "hold_channel", "/provider": "hold_provider",
			"/submitter": "hold_submitter", "/reason": "hold_reason"}); err != nil {
			return err
		}
	}
	data, err := v.lanesPage(f)
	if err != nil {
		return err
	}
	return v.render(http.StatusUnprocessableEntity, "operator", data)
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
