package web

import (
	"net/http"
	"net/url"
	"slices"

	"eblagh/hub"
	"eblagh/hub/access"
	"eblagh/hub/reading"
)

// deliveriesLimit is how many deliveries one page has.
const deliveriesLimit = 25

// deliveriesPage is a list of deliveries that somebody should look at, or those of a notice that was searched for.
type deliveriesPage struct {
	Form       formView
	Lists      []reading.Astray
	List       reading.Astray // "": those of a notice
	Items      []reading.Followed
	Pager      pager
	MayOperate bool
}

// astray are the lists, in the order in which they are offered.
func astray() []reading.Astray { return []reading.Astray{reading.Dead, reading.Doubtful, reading.Late} }

// deliveries answers GET /operator/deliveries?list=&after=&notice=.
func (s *site) deliveries(v *visit) error {
	query := v.r.URL.Query()
	if notice := query.Get("notice"); notice != "" {
		return v.ofNotice(notice)
	}
	list := reading.Astray(query.Get("list"))
	if !slices.Contains(astray(), list) {
		list = reading.Dead
	}
	after := query.Get("after")
	found, err := s.deps.Reader.Astray(v.r.Context(), v.principal, reading.AstrayQuery{List: list, After: after, Limit: deliveriesLimit})
	if err != nil {
		return err
	}
	data := v.deliveriesPage(newForm())
	data.List, data.Items = list, found.Items
	data.Pager = newPager("/operator/deliveries", url.Values{"list": {string(list)}}, after, found.Next)
	return v.render(http.StatusOK, "deliveries", data)
}

func (v *visit) deliveriesPage(f *form) deliveriesPage {
	_, refused := access.May(v.principal, access.Operate)
	return deliveriesPage{Form: v.view(f), Lists: astray(), MayOperate: refused == nil}
}

// ofNotice shows every delivery of a notice.
func (v *visit) ofNotice(text string) error {
	if _, err := access.May(v.principal, access.LanesRead); err != nil {
		return err
	}
	notice, err := hub.ParseID(text)
	if err != nil {
		return hub.ErrNotFound
	}
	data := v.deliveriesPage(newForm())
	if data.Items, err = v.site.deps.Reader.Deliveries(v.r.Context(), v.principal, notice); err != nil {
		return err
	}
	return v.render(http.StatusOK, "deliveries", data)
}

// findDelivery answers POST /operator/deliveries: it leads to a delivery, or to those of a notice, by id.
func (s *site) findDelivery(v *visit) error {
	if _, err := access.May(v.principal, access.LanesRead); err != nil {
		return err
	}
	f, err := readForm(v.r)
	if err != nil {
		return err
	}
	if id, err := hub.ParseID(f.value("delivery_id")); err == nil {
		ctx, reader := v.r.Context(), s.deps.Reader
		if _, err = reader.Delivery(ctx, v.principal, id); err == nil {
			return v.redirect("/operator/deliveries/" + id.String())
		}
		if hub.CodeOf(err) == hub.CodeNotFound {
			if _, err = reader.Deliveries(ctx, v.principal, id); err == nil {
				return v.redirect("/operator/deliveries?notice=" + id.String())
			}
		}
		if hub.CodeOf(err) != hub.CodeNotFound {
			return err
		}
	}
	f.wrong("delivery_id", "unknown")
	return v.render(http.StatusUnprocessableEntity, "deliveries", v.deliveriesPage(f))
}

// deliveryPage is one delivery, and why it stands where it is.
type deliveryPage struct {
	reading.Followed
	Form       formView
	Replayable bool
}

// delivery answers GET /operator/deliveries/{delivery}.
func (s *site) delivery(v *visit) error { return v.showDelivery(http.StatusOK, newForm()) }

func (v *visit) showDelivery(status int, f *form) error {
	id, err := v.id("delivery")
	if err != nil {
		return err
	}
	if _, err := access.May(v.principal, access.LanesRead); err != nil {
		return err
	}
	d, err := v.site.deps.Reader.Delivery(v.r.Context(), v.principal, id)
	if err != nil {
		return err
	}
	_, refused := access.May(v.principal, access.Operate)
	return v.render(status, "delivery", deliveryPage{d, v.view(f), refused == nil && replayable(d)})
}

// replayable tells what can be worth a replay; whether it is one, the domain decides.
func replayable(d reading.Followed) bool {
	dead := d.Status == hub.DeliveryFailed || d.Status == hub.DeliveryExpired
	return dead && d.Channel == hub.ChannelSMS && !d.Notice.IsZero() && d.Replayed.IsZero()
}

// replay answers POST /operator/deliveries/{delivery}/replay.
func (s *site) replay(v *visit) error {
	id, err := v.id("delivery")
	if err != nil {
		return err
	}
	made, err := s.deps.Dispatcher.Replay(v.r.Context(), v.principal, id)
	if hub.CodeOf(err) == hub.CodeWrongState {
		f := newForm()
		f.wrong("", "wrong_state")
		return v.showDelivery(http.StatusConflict, f)
	}
	if err != nil {
		return err
	}
	v.flash("replayed")
	return v.redirect("/operator/deliveries/" + made.ID.String())
}
