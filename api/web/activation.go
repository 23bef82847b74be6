package web

import (
	"net/http"

	"eblagh/hub"
)

// activationPage is the form with which a person takes an account into use.
type activationPage struct{ Form formView }

func (s *site) activationForm(v *visit) error {
	return v.render(http.StatusOK, "activate", activationPage{v.view(newForm())})
}

// activate answers POST /activate: national_id, activation_code, new_personal_code, personal_code_again.
func (s *site) activate(v *visit) error {
	f, err := readForm(v.r)
	if err != nil {
		return err
	}
	for _, name := range []string{"national_id", "activation_code", "new_personal_code"} {
		if f.value(name) == "" {
			f.wrong(name, "required")
		}
	}
	code := hub.FoldDigits(f.value("new_personal_code"))
	if code != hub.FoldDigits(f.value("personal_code_again")) {
		f.wrong("personal_code_again", "mismatch")
	}
	if len(f.errors) == 0 {
		err = s.deps.Enroller.Activate(v.r.Context(), f.value("national_id"), hub.FoldDigits(f.value("activation_code")), code,
			s.deps.Doors.Origin(v.r))
		if err == nil {
			v.flash("activated")
			return v.redirect("/sign-in")
		}
		if hub.CodeOf(err) == hub.CodeUnauthorized {
			f.wrong("activation_code", "activation")
		} else if err := f.refused(err, map[string]string{
			"/national_id": "national_id", "/activation_code": "activation_code", "/personal_code": "new_personal_code",
		}); err != nil {
			return err
		}
	}
	return v.render(http.StatusUnprocessableEntity, "activate", activationPage{v.view(f)})
}
