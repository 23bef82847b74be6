package web

import (
	"cmp"
	"net/http"
	"net/url"
	"time"

	"eblagh/hub"
	"eblagh/hub/access"
	"eblagh/hub/trail"
)

// challengeCookie holds the id of the one-time code between the two steps. It proves nothing by itself.
const challengeCookie = "eblagh_challenge"

// challengeAge is longer than any code lives: that a code is too old is the domain's to say.
const challengeAge = 10 * time.Minute

// signInPage is either step of signing in.
type signInPage struct {
	Form    formView
	Next    string // where to go when it is done
	Outside string // what people call the identity provider; "": there is none
}

func (s *site) signInForm(v *visit) error {
	if v.signedIn {
		return v.redirect("/")
	}
	return v.render(http.StatusOK, "sign-in", s.signInPage(v, newForm(), localPath(v.r.URL.Query().Get("next"))))
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
		return v.render(http.StatusUnprocessableEntity, "sign-in", s.signInPage(v, f, next))
	}
	challenge, err := s.deps.Enroller.BeginSignIn(v.r.Context(), f.value("national_id"), f.value("personal_code"),
		s.deps.Doors.Origin(v.r))
	if err != nil {
		return err
	}
	http.SetCookie(v.w, s.cookie(challengeCookie, challenge.String(), challengeAge))
	return v.redirect("/sign-in/code?next=" + url.QueryEscape(next))
}

func (s *site) codeForm(v *visit) error {
	if _, err := v.site.cookieOf(v.r, challengeCookie); err != nil {
		return v.redirect("/sign-in")
	}
	return v.render(http.StatusOK, "sign-in-code", signInPage{Form: v.view(newForm()), Next: localPath(v.r.URL.Query().Get("next"))})
}

// finishSignIn answers POST /sign-in/code: code, next.
func (s *site) finishSignIn(v *visit) error { return s.answerChallenge(v, "sign-in-code", "code") }

// factorCodeForm answers GET /sign-in/second: the step that only those with a second factor come to.
func (s *site) factorCodeForm(v *visit) error {
	if _, err := v.site.cookieOf(v.r, challengeCookie); err != nil {
		return v.redirect("/sign-in")
	}
	return v.render(http.StatusOK, "sign-in-second", signInPage{Form: v.view(newForm()), Next: localPath(v.r.URL.Query().Get("next"))})
}

// finishSecond answers POST /sign-in/second: totp, next.
func (s *site) finishSecond(v *visit) error { return s.answerChallenge(v, "sign-in-second", "totp") }

// answerChallenge signs the visitor in, or leads to the next step. A wrong code is told on the page, at the field.
func (s *site) answerChallenge(v *visit, page, field string) error {
	f, err := readForm(v.r)
	if err != nil {
		return err
	}
	cookie, err := v.site.cookieOf(v.r, challengeCookie)
	if err != nil {
		return v.redirect("/sign-in")
	}
	next := localPath(f.value("next"))
	challenge, _ := hub.ParseID(cookie.Value) // a bad one is nobody's, like a wrong code
	from, device := s.deps.Doors.Entering(v.r)
	done, err := s.deps.Enroller.FinishSignIn(v.r.Context(), challenge, hub.FoldDigits(f.value(field)), from)
	if hub.CodeOf(err) == hub.CodeUnauthorized {
		f.wrong(field, "sign_in")
		return v.render(http.StatusUnprocessableEntity, page, signInPage{Form: v.view(f), Next: next})
	}
	if err != nil {
		return err
	}
	trail.Of(v.r.Context()).As(access.Principal{Kind: access.Person, ID: cmp.Or(done.Person, done.Proved)})
	if !done.Challenge.IsZero() {
		http.SetCookie(v.w, s.cookie(challengeCookie, done.Challenge.String(), challengeAge))
		return v.redirect("/sign-in/second?next=" + url.QueryEscape(next))
	}
	session, err := s.deps.Sessions.Start(v.r, done.Person, done.Factor, done.Proof)
	if hub.CodeOf(err) == hub.CodeUnauthorized { // shut out this moment
		return v.redirect("/sign-in")
	}
	if err != nil {
		return err
	}
	http.SetCookie(v.w, session)
	http.SetCookie(v.w, device)
	http.SetCookie(v.w, s.cookie(challengeCookie, "", 0))
	return v.redirect(next)
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
