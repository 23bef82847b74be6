package web

import (
	"net/http"
	"net/url"
	"slices"
	"time"

	"eblagh/hub"
)

// challengeCookie holds the id of the one-time code between the two steps. It proves nothing by itself.
const challengeCookie = "eblagh_challenge"

// challengeAge is longer than any code lives: that a code is too old is the domain's to say.
const challengeAge = 10 * time.Minute

// signInPage is either step of signing in.
type signInPage struct {
	Form formView
	Next string // where to go when it is done
}

func (s *site) signInForm(v *visit) error {
	if v.signedIn {
		return v.redirect("/")
	}
	return v.render(http.StatusOK, "sign-in", signInPage{v.view(newForm()), localPath(v.r.URL.Query().Get("next"))})
}

// beginSignIn answers POST /sign-in: national_id, personal_code, next. It leads to the second step whoever asks, so
// that nobody learns who is enrolled.
func (s *site) beginSignIn(v *visit) error {
	f, err := readForm(v.r)
	if err != nil {
		return err
	}
	next := localPath(f.value("next"))
	for _, name := range []string{"national_id", "personal_code"} {
		if f.value(name) == "" {
			f.wrong(name, "required")
		}
	}
	if len(f.errors) > 0 {
		return v.render(http.StatusUnprocessableEntity, "sign-in", signInPage{v.view(f), next})
	}
	challenge, err := s.deps.Enroller.BeginSignIn(v.r.Context(), f.value("national_id"), f.value("personal_code"))
	if err != nil {
		return err
	}
	http.SetCookie(v.w, s.cookie(challengeCookie, challenge.String(), "/sign-in", challengeAge))
	return v.redirect("/sign-in/code?next=" + url.QueryEscape(next))
}

func (s *site) codeForm(v *visit) error {
	if _, err := v.r.Cookie(challengeCookie); err != nil {
		return v.redirect("/sign-in")
	}
	return v.render(http.StatusOK, "sign-in-code", signInPage{v.view(newForm()), localPath(v.r.URL.Query().Get("next"))})
}

// finishSignIn answers POST /sign-in/code: code, next.
func (s *site) finishSignIn(v *visit) error {
	f, err := readForm(v.r)
	if err != nil {
		return err
	}
	cookie, err := v.r.Cookie(challengeCookie)
	if err != nil {
		return v.redirect("/sign-in")
	}
	challenge, _ := hub.ParseID(cookie.Value) // a bad one is nobody's, like a wrong code
	person, err := s.deps.Enroller.FinishSignIn(v.r.Context(), challenge, hub.FoldDigits(f.value("code")))
	if hub.CodeOf(err) == hub.CodeUnauthorized {
		f.wrong("code", "sign_in")
		return v.render(http.StatusUnprocessableEntity, "sign-in-code",
			signInPage{v.view(f), localPath(f.value("next"))})
	}
	if err != nil {
		return err
	}
	session, err := s.deps.Sessions.Start(v.r, person)
	if err != nil {
		return err
	}
	http.SetCookie(v.w, session)
	http.SetCookie(v.w, s.cookie(challengeCookie, "", "/sign-in", 0))
	return v.redirect(localPath(f.value("next")))
}

// signOut answers POST /sign-out.
func (s *site) signOut(v *visit) error {
	session, err := s.deps.Sessions.End(v.r)
	if err != nil {
		return err
	}
	http.SetCookie(v.w, session)
	v.flash("signed_out")
	return v.redirect("/sign-in")
}

// accountPage says whose account this is: several people may share a device.
type accountPage struct {
	Recipient  hub.Recipient
	Roles      []hub.Role
	SignedInAt time.Time
}

func (s *site) account(v *visit) error {
	me, err := s.deps.Enroller.Recipient(v.r.Context(), v.principal, v.principal.ID)
	if err != nil {
		return err
	}
	roles := []hub.Role{hub.RoleCitizen}
	for _, g := range v.principal.Grants {
		if !slices.Contains(roles, g.Role) {
			roles = append(roles, g.Role)
		}
	}
	return v.render(http.StatusOK, "account", accountPage{me, roles, v.principal.SignedInAt})
}
