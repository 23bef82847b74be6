package web

import (
	"net/http"
	"slices"

	"eblagh/hub"
	"eblagh/hub/access"
	"eblagh/hub/enrol"
)

// representatives are who acts, or acted, for a legal person, as a part of a page.
type representatives struct {
	Form     formView
	List     []representativeView
	MayWrite bool
	Path     string // where the forms go
	Roles    []string
	ByOwner  bool // who then has to know the person's number
}

// representativeView is one of them.
type representativeView struct {
	hub.Representative
	InForce bool
	Self    bool // the visitor
}

// representativesPage is what an owner or manager sees of the legal person that they act for.
type representativesPage struct {
	Name string
	representatives
}

// representativesOf reads who acts for a legal person; path is where the forms of the page go.
func (v *visit) representativesOf(legalPerson hub.ID, f *form, path string) (representatives, error) {
	list, err := v.site.deps.Enroller.Representatives(v.r.Context(), v.principal, legalPerson)
	if err != nil {
		return representatives{}, err
	}
	_, refused := access.Decide(v.principal, access.RepresentativeWrite, access.Object{Person: legalPerson})
	out := representatives{Form: v.view(f), MayWrite: refused == nil, Path: path, Roles: words(hub.RepresentativeRoles),
		ByOwner: v.principal.For.LegalPerson == legalPerson}
	for _, r := range list {
		out.List = append(out.List, representativeView{r, r.InForce(v.site.deps.Clock()), r.Person == v.principal.ID})
	}
	return out, nil
}

// representativesList answers GET /representatives: those of the legal person that the visitor acts for.
func (s *site) representativesList(v *visit) error {
	return v.showRepresentatives(http.StatusOK, newForm())
}

func (v *visit) showRepresentatives(status int, f *form) error {
	if _, err := access.May(v.principal, access.RepresentativeRead); err != nil {
		return err
	}
	legal := v.principal.For.LegalPerson
	if legal.IsZero() { // at an office it is the recipient's page
		return hub.ErrNotFound
	}
	part, err := v.representativesOf(legal, f, "/representatives")
	if err != nil {
		return err
	}
	of, err := v.site.deps.Enroller.Recipient(v.r.Context(), v.principal, legal)
	if err != nil {
		return err
	}
	return v.render(status, "representatives", representativesPage{of.FullName(), part})
}

// appoint answers POST /representatives: representative_national_id, mobile, role, until_day.
func (s *site) appoint(v *visit) error {
	return v.appoint(v.principal.For.LegalPerson, "/representatives", v.showRepresentatives)
}

// dismiss answers POST /representatives/{representative}/end.
func (s *site) dismiss(v *visit) error {
	return v.dismiss(v.principal.For.LegalPerson, "/representatives", v.showRepresentatives)
}

// officeAppoint answers POST /office/recipients/{recipient}/representatives, with the same fields.
func (s *site) officeAppoint(v *visit) error {
	if _, err := access.May(v.principal, access.RecipientEnrol); err != nil {
		return err
	}
	id, err := v.id("recipient")
	if err != nil {
		return err
	}
	return v.appoint(id, "/office/recipients/"+id.String(), v.showRecipient)
}

// officeDismiss answers POST /office/recipients/{recipient}/representatives/{representative}/end.
func (s *site) officeDismiss(v *visit) error {
	if _, err := access.May(v.principal, access.RecipientEnrol); err != nil {
		return err
	}
	id, err := v.id("recipient")
	if err != nil {
		return err
	}
	return v.dismiss(id, "/office/recipients/"+id.String(), v.showRecipient)
}

// appoint takes the form of a page, which show draws again with what is wrong.
func (v *visit) appoint(legalPerson hub.ID, page string, show func(int, *form) error) error {
	if _, err := access.Decide(v.principal, access.RepresentativeWrite, access.Object{Person: legalPerson}); err != nil {
		return err
	}
	f, err := readForm(v.r)
	if err != nil {
		return err
	}
	n := enrol.NewRepresentative{LegalPerson: legalPerson, NationalID: f.value("representative_national_id"),
		Mobile: f.value("mobile"), Role: hub.Role(f.value("representative_role")), Until: v.site.dayIn(f, "until_day", 1)}
	if len(f.errors) == 0 {
		_, err = v.site.deps.Enroller.Appoint(v.r.Context(), v.principal, n)
		if err == nil {
			v.flash("appointed")
			return v.redirect(page)
		}
		if hub.CodeOf(err) == hub.CodeWrongState {
			f.wrong("representative_national_id", "already")
		} else if err := f.refused(err, map[string]string{"/national_id": "representative_national_id", "/mobile": "mobile",
			"/role": "representative_role", "/until": "until_day"}); err != nil {
			return err
		}
	}
	return show(http.StatusUnprocessableEntity, f)
}

// dismiss ends the representative that the address names.
func (v *visit) dismiss(legalPerson hub.ID, page string, show func(int, *form) error) error {
	if _, err := access.Decide(v.principal, access.RepresentativeWrite, access.Object{Person: legalPerson}); err != nil {
		return err
	}
	id, err := v.id("representative")
	if err != nil {
		return err
	}
	own, err := v.representedBy(legalPerson, id)
	if err != nil {
		return err
	}
	err = v.site.deps.Enroller.Dismiss(v.r.Context(), v.principal, legalPerson, id)
	if hub.CodeOf(err) == hub.CodeWrongState {
		f := newForm()
		f.wrong("", "last_owner")
		return show(http.StatusConflict, f)
	}
	if err != nil {
		return err
	}
	v.flash("dismissed")
	if own { // they act for it no more
		v.w.Header().Add("Set-Cookie", v.site.cookie(actingCookie, "", 0).String())
		return v.redirect("/account")
	}
	return v.redirect(page)
}

// representedBy reports whether a representative is the visitor, who acts for the legal person.
func (v *visit) representedBy(legalPerson, id hub.ID) (bool, error) {
	if legalPerson.IsZero() || legalPerson != v.principal.For.LegalPerson {
		return false, nil
	}
	list, err := v.site.deps.Enroller.Representatives(v.r.Context(), v.principal, legalPerson)
	if err != nil {
		return false, err
	}
	return slices.ContainsFunc(list, func(r hub.Representative) bool { return r.ID == id && r.Person == v.principal.ID }), nil
}
