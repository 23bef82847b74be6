package web

import (
	"errors"
	"net/http"
	"net/url"

	"eblagh/api/signin"
	"eblagh/hub"
)

// confirmCookie holds the id of the code between the two steps of proving again who one is.
const confirmCookie = "eblagh_confirm"

// confirmPage is either step of it, and where to go when it is done.
type confirmPage struct {
	Form formView
	Next string
	TOTP bool // the authenticator's code, else the one that came by SMS
}

// askToConfirm leads to the page where one proves again who one is, and from there back to where the form was.
func (v *visit) askToConfirm(err error) {
	to := "/confirm"
	if refused := (*hub.Error)(nil); errors.As(err, &refused) && len(refused.Fields) > 0 {
		to = "/confirm/personal" // what the phone proves is too little here
	}
	v.lead(to + "?next=" + url.QueryEscape(v.before()))
}

// before is the page that a form of ours is on: opening is asked for on the cover, the rest on the account's page.
func (v *visit) before() string {
	if id := v.r.PathValue("notice"); id != "" {
		return localPath("/inbox/" + url.PathEscape(id))
	}
	return "/account"
}

// confirmForm answers GET /confirm?next=.
func (s *site) confirmForm(v *visit) error {
	return v.render(http.StatusOK, "confirm", confirmPage{Form: v.view(newForm()), Next: localPath(v.r.URL.Query().Get("next"))})
}

// beginConfirm answers POST /confirm: next.
func (s *site) beginConfirm(v *visit) error {
	f, err := readForm(v.r)
	if err != nil {
		return err
	}
	challenge, factor, err := s.deps.Enroller.BeginConfirm(v.r.Context(), v.principal)
	if err != nil {
		return err
	}
	http.SetCookie(v.w, s.cookie(confirmCookie, challenge.String(), challengeAge))
	return v.redirect("/confirm/code?factor=" + string(factor) + "&next=" + url.QueryEscape(localPath(f.value("next"))))
}

// confirmCodeForm answers GET /confirm/code?factor=&next=.
func (s *site) confirmCodeForm(v *visit) error {
	q := v.r.URL.Query()
	return v.render(http.StatusOK, "confirm-code", confirmPage{Form: v.view(newForm()), Next: localPath(q.Get("next")),
		TOTP: q.Get("factor") == string(hub.FactorTOTP)})
}

// finishConfirm answers POST /confirm/code: code or totp, next, factor.
func (s *site) finishConfirm(v *visit) error {
	f, err := readForm(v.r)
	if err != nil {
		return err
	}
	cookie, err := v.site.cookieOf(v.r, confirmCookie)
	if err != nil {
		return v.redirect("/confirm?next=" + url.QueryEscape(localPath(f.value("next"))))
	}
	challenge, _ := hub.ParseID(cookie.Value) // a bad one is nobody's, like a wrong code
	page := confirmPage{Next: localPath(f.value("next")), TOTP: f.value("factor") == string(hub.FactorTOTP)}
	field := map[bool]string{true: "totp", false: "code"}[page.TOTP]
	err = s.deps.Enroller.FinishConfirm(v.r.Context(), v.principal, challenge, hub.FoldDigits(f.value(field)))
	if hub.CodeOf(err) == hub.CodeUnauthorized {
		f.wrong(field, "sign_in")
		page.Form = v.view(f)
		return v.render(http.StatusUnprocessableEntity, "confirm-code", page)
	}
	if err != nil {
		return err
	}
	http.SetCookie(v.w, s.cookie(confirmCookie, "", 0))
	return v.rise(signin.Rise{Confirmed: true}, page.Next)
}

// personalForm answers GET /confirm/personal?next=.
func (s *site) personalForm(v *visit) error {
	return v.render(http.StatusOK, "confirm-personal", confirmPage{Form: v.view(newForm()), Next: localPath(v.r.URL.Query().Get("next"))})
}

// confirmPersonal answers POST /confirm/personal: personal_code, next.
func (s *site) confirmPersonal(v *visit) error {
	f, err := readForm(v.r)
	if err != nil {
		return err
	}
	next := localPath(f.value("next"))
	err = s.deps.Enroller.ProvePersonalCode(v.r.Context(), v.principal, f.value("personal_code"))
	if hub.CodeOf(err) == hub.CodeUnauthorized {
		f.wrong("personal_code", "personal")
		return v.render(http.StatusUnprocessableEntity, "confirm-personal", confirmPage{Form: v.view(f), Next: next})
	}
	if err != nil {
		return err
	}
	return v.rise(signin.Rise{Personal: true}, next)
}

// rise gives the visitor the session that can do more, and goes on.
func (v *visit) rise(gained signin.Rise, next string) error {
	cookie, err := v.site.deps.Sessions.Rise(v.r, gained)
	if err != nil {
		return err
	}
	http.SetCookie(v.w, cookie)
	v.flash("confirmed")
	return v.redirect(next)
}
