package web

import (
	"net/http"
	"time"

	"eblagh/hub"
	"eblagh/hub/access"
)

// actingCookie names the legal person that a representative acts for on the pages. It gives no right: whoever does not
// represent it acts for themselves.
const actingCookie = "eblagh_acting"

// actingAge is at least how long a session can live.
const actingAge = 12 * time.Hour

// Acting gives a principal as who they act for in this browser: what the pages show, and the live channel beside them.
func Acting(r *http.Request, p access.Principal, secure bool) access.Principal {
	c, err := r.Cookie(cookieName(actingCookie, secure))
	if err != nil || p.Kind != access.Person {
		return p
	}
	id, err := hub.ParseID(c.Value)
	if err != nil {
		return p
	}
	if acting, ok := p.ActFor(id); ok {
		return acting
	}
	return p
}

// actor is one of those for whom the visitor may act.
type actor struct {
	ID      hub.ID // zero: themselves
	Name    string
	Role    hub.Role
	Current bool
}

// actors lists for whom the visitor may act, themselves first; nil when there is nobody else.
func (v *visit) actors() ([]actor, error) {
	if len(v.principal.Mandates) == 0 {
		return nil, nil
	}
	list := []actor{{Role: hub.RoleCitizen, Current: v.principal.For.LegalPerson.IsZero()}}
	for _, m := range v.principal.Mandates {
		as, _ := v.principal.ActFor(m.LegalPerson)
		legal, err := v.site.deps.Enroller.Recipient(v.r.Context(), as, m.LegalPerson)
		if err != nil {
			return nil, err
		}
		list = append(list, actor{m.LegalPerson, legal.FullName(), m.Role, m.LegalPerson == v.principal.For.LegalPerson})
	}
	return list, nil
}

// act answers POST /acting: for, an id of a legal person or nothing for oneself.
func (s *site) act(v *visit) error {
	f, err := readForm(v.r)
	if err != nil {
		return err
	}
	if f.value("for") == "" {
		http.SetCookie(v.w, s.cookie(actingCookie, "", 0))
		return v.redirect("/")
	}
	id, err := hub.ParseID(f.value("for"))
	if err != nil {
		return hub.ErrNotFound
	}
	if _, ok := v.principal.ActFor(id); !ok {
		return hub.ErrNotFound
	}
	http.SetCookie(v.w, s.cookie(actingCookie, id.String(), actingAge))
	return v.redirect("/inbox")
}
