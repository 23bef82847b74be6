package web

import (
	"context"
	"net/http"

	"eblagh/hub"
	"eblagh/hub/access"
)

// Eyes keeps which papers wait for a second pair of eyes.
type Eyes interface {
	Organisation(ctx context.Context, p access.Principal, id hub.ID) (hub.Organisation, error)
	FourEyes(ctx context.Context, p access.Principal, organisation hub.ID) (hub.FourEyes, error)
	ChangeFourEyes(ctx context.Context, p access.Principal, c hub.FourEyesChange) (hub.FourEyes, error)
}

// fourEyesPage is how it stands at the visitor's organisations.
type fourEyesPage struct {
	Form  formView
	Items []fourEyesItem
}

// fourEyesItem is how it stands at one.
type fourEyesItem struct {
	hub.FourEyes
	Name    string
	State   string // none, people or all
	Asked   string // the same, of the easing that somebody asked for; "": none
	Mine    bool   // the visitor asked
	Choices []string
}

// eyesStates are what can be chosen.
func eyesStates() []string { return []string{"none", "people", "all"} }

func eyesState(people, keys bool) string {
	switch {
	case keys:
		return "all"
	case people:
		return "people"
	}
	return "none"
}

// fourEyes answers GET /court/four-eyes.
func (s *site) fourEyes(v *visit) error { return v.showFourEyes(http.StatusOK, newForm()) }

func (v *visit) showFourEyes(status int, f *form) error {
	if _, err := access.May(v.principal, access.FourEyesWrite); err != nil {
		return err
	}
	data := fourEyesPage{Form: v.view(f)}
	for _, id := range access.Where(v.principal, access.FourEyesWrite) {
		o, err := v.site.deps.Enroller.Organisation(v.r.Context(), v.principal, id)
		if err != nil {
			return err
		}
		now, err := v.site.deps.Enroller.FourEyes(v.r.Context(), v.principal, id)
		if err != nil {
			return err
		}
		item := fourEyesItem{FourEyes: now, Name: o.Name, State: eyesState(now.People, now.Keys), Choices: eyesStates()}
		if !now.Asked.ID.IsZero() {
			item.Asked, item.Mine = eyesState(now.Asked.People, now.Asked.Keys), now.Asked.By == v.principal.ID
		}
		data.Items = append(data.Items, item)
	}
	return v.render(status, "four-eyes", data)
}

// changeFourEyes answers POST /court/four-eyes/{organisation}: four_eyes.
func (s *site) changeFourEyes(v *visit) error {
	if _, err := access.May(v.principal, access.FourEyesWrite); err != nil {
		return err
	}
	id, err := v.id("organisation")
	if err != nil {
		return err
	}
	f, err := readForm(v.r)
	if err != nil {
		return err
	}
	c := hub.FourEyesChange{Organisation: id}
	switch f.value("four_eyes") {
	case "none":
	case "people":
		c.People = true
	case "all":
		c.People, c.Keys = true, true
	default:
		if _, err := s.deps.Enroller.FourEyes(v.r.Context(), v.principal, id); err != nil {
			return err
		}
		f.wrong("four_eyes", "unknown")
		return v.showFourEyes(http.StatusUnprocessableEntity, f)
	}
	now, err := s.deps.Enroller.ChangeFourEyes(v.r.Context(), v.principal, c)
	if hub.CodeOf(err) == hub.CodeWrongState {
		f.wrong("four_eyes", "drafts_wait")
		return v.showFourEyes(http.StatusConflict, f)
	}
	if err != nil {
		return err
	}
	if now.People != c.People || now.Keys != c.Keys {
		v.flash("eyes_asked")
	} else {
		v.flash("eyes_changed")
	}
	return v.redirect("/court/four-eyes")
}
