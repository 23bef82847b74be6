package web

import (
	"errors"
	"net/http"
	"net/url"

	"eblagh/api/signin/outside"
	"eblagh/hub"
	"eblagh/hub/access"
	"eblagh/hub/enrol"
	"eblagh/hub/trail"
)

// outsideCookie holds, sealed, what belongs to a sign-in that is on its way through the identity provider.
const outsideCookie = "eblagh_outside"

// longestNext is what of a path fits into that cookie.
const longestNext = 1000

// signInPage is the page to sign in on, with the provider's button where there is a provider.
func (s *site) signInPage(v *visit, f *form, next string) signInPage {
	page := signInPage{Form: v.view(f), Next: next}
	if s.deps.Outside != nil {
		page.Outside = s.deps.Outside.Name(string(v.language))
	}
	return page
}

// beginOutside answers GET /sign-in/outside: next. It is a link and no form, for the policy of our pages lets no form lead
// to another site. What another site leads here begins nothing.
func (s *site) beginOutside(v *visit) error {
	next := localPath(v.r.URL.Query().Get("next"))
	if len(next) > longestNext {
		next = "/"
	}
	switch from := v.r.Header.Get("Sec-Fetch-Site"); {
	case s.deps.Outside == nil:
		return hub.ErrNotFound
	case v.signedIn:
		return v.redirect("/")
	case from == "cross-site", from == "same-site":
		return v.redirect("/sign-in?next=" + url.QueryEscape(next))
	}
	address, keep, err := s.deps.Outside.Begin(v.r.Context(), next, s.deps.Doors.Origin(v.r).Device)
	if err != nil {
		return s.notOutside(v, err, next)
	}
	http.SetCookie(v.w, s.cookie(outsideCookie, keep, outside.Lives))
	return v.redirect(address)
}

// finishOutside answers GET /sign-in/outside/back, to which the provider leads: code, state, or error. From here the way is
// everybody's: the second factor is asked for. The cookie of known devices does not come along on the way from another
// site, and so was taken along.
func (s *site) finishOutside(v *visit) error {
	if s.deps.Outside == nil {
		return hub.ErrNotFound
	}
	trail.Of(v.r.Context()).Changes()
	keep := ""
	if cookie, err := s.cookieOf(v.r, outsideCookie); err == nil {
		keep = cookie.Value
		http.SetCookie(v.w, s.cookie(outsideCookie, "", 0))
	}
	who, err := s.deps.Outside.Finish(v.r.Context(), keep, v.r.URL.Query())
	if err != nil {
		return s.notOutside(v, err, "/")
	}
	asked, err := s.deps.Enroller.SignInOutside(v.r.Context(), who.Issuer, who.Subject,
		enrol.Origin{Address: s.deps.Doors.Address(v.r), Device: who.Device})
	if err != nil {
		return s.notOutside(v, err, who.Next)
	}
	trail.Of(v.r.Context()).As(access.Principal{Kind: access.Person, ID: asked.Proved})
	http.SetCookie(v.w, s.cookie(challengeCookie, asked.Challenge.String(), challengeAge))
	return v.redirect("/sign-in/second?next=" + url.QueryEscape(localPath(who.Next)))
}

// notOutside shows the page to sign in on, with one text for whoever may not and another while the provider is away.
func (s *site) notOutside(v *visit, err error, next string) error {
	f, status := newForm(), http.StatusUnauthorized
	switch {
	case errors.Is(err, outside.ErrAway):
		f.wrong("", "outside_away")
		status = http.StatusServiceUnavailable
	case hub.CodeOf(err) == hub.CodeUnauthorized:
		f.wrong("", "outside")
	default:
		return err
	}
	return v.render(status, "sign-in", s.signInPage(v, f, localPath(next)))
}
