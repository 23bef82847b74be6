package web

import (
	"net/http"

	"eblagh/hub"
	"eblagh/hub/access"
	"eblagh/hub/enrol"
)

// enrolmentPage is the office's desk: enrol somebody, or look somebody up.
type enrolmentPage struct {
	Form          formView
	Lookup        formView
	PersonKinds   []string
	Residences    []string
	LanguageNames []string
}

func (v *visit) showEnrolment(status int, f, lookup *form) error {
	for name, first := range map[string]string{"person_kind": "natural", "residence": "domestic", "language": "fa"} {
		if f.value(name) == "" {
			f.values[name] = first
		}
	}
	return v.render(status, "office", enrolmentPage{
		Form: v.view(f), Lookup: v.view(lookup),
		PersonKinds:   words([]hub.PersonKind{hub.PersonNatural, hub.PersonLegal}),
		Residences:    words([]hub.Residence{hub.ResidenceDomestic, hub.ResidenceAbroad}),
		LanguageNames: words(languages),
	})
}

// enrolmentForm answers GET /office.
func (s *site) enrolmentForm(v *visit) error {
	if _, err := access.May(v.principal, access.RecipientEnrol); err != nil {
		return err
	}
	return v.showEnrolment(http.StatusOK, newForm(), newForm())
}

// enrol answers POST /office. The fields of the kind of person that was not chosen do not count.
func (s *site) enrol(v *visit) error {
	f, err := readForm(v.r)
	if err != nil {
		return err
	}
	n := enrol.NewRecipient{
		Kind: hub.PersonKind(f.value("person_kind")), NationalID: f.value("national_id"), Mobile: f.value("mobile"),
		Email: f.value("email"), Address: f.value("address"), Residence: hub.Residence(f.value("residence")),
		Language: f.value("language"),
	}
	if n.Kind == hub.PersonLegal {
		n.Name, n.Representative = f.value("name"), f.value("representative")
	} else {
		n.GivenName, n.FamilyName = f.value("given_name"), f.value("family_name")
	}
	person, err := s.deps.Enroller.Enrol(v.r.Context(), v.principal, n)
	if err == nil {
		v.flash("enrolled")
		return v.redirect("/office/recipients/" + person.ID.String())
	}
	if hub.CodeOf(err) == hub.CodeAlreadyEnrolled {
		f.wrong("national_id", "already_enrolled")
	} else if err := f.refused(err, map[string]string{
		"/kind": "person_kind", "/national_id": "national_id", "/given_name": "given_name", "/name": "name",
		"/family_name": "family_name", "/mobile": "mobile", "/email": "email", "/address": "address",
		"/residence": "residence", "/language": "language", "/representative": "representative",
	}); err != nil {
		return err
	}
	return v.showEnrolment(http.StatusUnprocessableEntity, f, newForm())
}

// lookup answers POST /office/lookup: the number travels in the body, and the address it leads to carries an id.
func (s *site) lookup(v *visit) error {
	f, err := readForm(v.r)
	if err != nil {
		return err
	}
	person, err := s.deps.Enroller.Lookup(v.r.Context(), v.principal, f.value("lookup_national_id"))
	switch {
	case err == nil:
		return v.redirect("/office/recipients/" + person.ID.String())
	case hub.CodeOf(err) == hub.CodeNotFound:
		f.wrong("lookup_national_id", "nobody")
	default:
		if err := f.refused(err, map[string]string{"/national_id": "lookup_national_id"}); err != nil {
			return err
		}
	}
	return v.showEnrolment(http.StatusUnprocessableEntity, newForm(), f)
}

// recipientPage is one person, as the office sees them.
type recipientPage struct {
	Form      formView
	Recipient hub.Recipient
	Proofs    []string
	// Represented are who acts for a legal person; nil: a natural person.
	Represented *representatives
}

// recipient answers GET /office/recipients/{recipient}.
func (s *site) recipient(v *visit) error { return v.showRecipient(http.StatusOK, newForm()) }

func (v *visit) showRecipient(status int, f *form) error {
	if _, err := access.May(v.principal, access.RecipientEnrol); err != nil {
		return err
	}
	id, err := v.id("recipient")
	if err != nil {
		return err
	}
	person, err := v.site.deps.Enroller.Recipient(v.r.Context(), v.principal, id)
	if err != nil {
		return err
	}
	data := recipientPage{Form: v.view(f), Recipient: person, Proofs: words(hub.Proofs)}
	if person.Kind == hub.PersonLegal {
		part, err := v.representativesOf(id, f, "/office/recipients/"+id.String()+"/representatives")
		if err != nil {
			return err
		}
		data.Represented = &part
	}
	return v.render(status, "recipient", data)
}

// sendActivation answers POST /office/recipients/{recipient}/activation.
func (s *site) sendActivation(v *visit) error {
	id, err := v.id("recipient")
	if err != nil {
		return err
	}
	err = s.deps.Enroller.SendActivation(v.r.Context(), v.principal, id)
	if hub.CodeOf(err) == hub.CodeRateLimited {
		f := newForm()
		f.wrong("", "rate_limited")
		return v.showRecipient(http.StatusTooManyRequests, f)
	}
	if err != nil {
		return err
	}
	v.flash("code_sent")
	return v.redirect("/office/recipients/" + id.String())
}

// recoverCode answers POST /office/recipients/{recipient}/recovery: proof, new_mobile.
func (s *site) recoverCode(v *visit) error {
	id, err := v.id("recipient")
	if err != nil {
		return err
	}
	f, err := readForm(v.r)
	if err != nil {
		return err
	}
	err = s.deps.Enroller.Recover(v.r.Context(), v.principal, id, enrol.NewRecovery{Proof: hub.Proof(f.value("proof")), Mobile: f.value("new_mobile")})
	if err == nil {
		v.flash("recovering")
		return v.redirect("/office/recipients/" + id.String())
	}
	if err := f.refused(err, map[string]string{"/proof": "proof", "/mobile": "new_mobile"}); err != nil {
		return err
	}
	return v.showRecipient(http.StatusUnprocessableEntity, f)
}
