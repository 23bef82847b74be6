package web

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"eblagh/hub"
	"eblagh/hub/enrol"
)

// accountPage says whose account this is, for several people may share a device, and where it is signed in.
type accountPage struct {
	Recipient  hub.Recipient
	Roles      []hub.Role
	SignedInAt time.Time
	Sessions   []sessionView
	Others     bool    // there are sessions besides this one
	Factor     bool    // a second factor is in use
	Staff      bool    // and cannot be done without
	Actors     []actor // for whom they may act; none: for themselves alone
	Copies     []enrol.Export
}

// sessionView is one place where the account is signed in.
type sessionView struct {
	hub.Session
	Current bool
}

// Place is platform and browser as people know them; the names are the same in every language.
func (s sessionView) Place() string {
	names := map[string]string{"android": "Android", "iphone": "iPhone", "ipad": "iPad", "windows": "Windows",
		"macintosh": "Mac", "cros": "ChromeOS", "linux": "Linux", "edg": "Edge", "opr": "Opera", "firefox": "Firefox",
		"samsungbrowser": "Samsung Internet", "chrome": "Chrome", "safari": "Safari", "curl": "curl"}
	var words []string
	for word := range strings.FieldsSeq(s.Device) {
		words = append(words, names[word])
	}
	return strings.Join(words, " · ")
}

// account answers GET /account.
func (s *site) account(v *visit) error {
	ctx := v.r.Context()
	me, err := s.deps.Enroller.Recipient(ctx, v.self, v.self.ID)
	if err != nil {
		return err
	}
	data := accountPage{Recipient: me, Roles: []hub.Role{hub.RoleCitizen}, SignedInAt: v.self.SignedInAt, Staff: v.self.Staff()}
	for _, g := range v.self.Grants {
		if !slices.Contains(data.Roles, g.Role) {
			data.Roles = append(data.Roles, g.Role)
		}
	}
	if data.Factor, err = s.deps.Enroller.HasFactor(ctx, v.self); err != nil {
		return err
	}
	list, err := s.deps.Sessions.List(ctx, v.self.ID)
	if err != nil {
		return err
	}
	for _, one := range list {
		data.Sessions = append(data.Sessions, sessionView{one, one.ID == v.self.Session})
	}
	if data.Actors, err = v.actors(); err != nil {
		return err
	}
	if data.Copies, err = s.copies(v); err != nil {
		return err
	}
	data.Others = len(list) > 1
	return v.render(http.StatusOK, "account", data)
}

// copies are those of one's own data that can still be taken.
func (s *site) copies(v *visit) ([]enrol.Export, error) {
	list, err := s.deps.Enroller.Exports(v.r.Context(), v.self)
	now := s.deps.Clock()
	return slices.DeleteFunc(list, func(x enrol.Export) bool { return !x.TakenAt.IsZero() || !x.ExpiresAt.After(now) }), err
}

// askExport answers POST /account/exports. The wire hands the copy out: the page has a form for each that waits.
func (s *site) askExport(v *visit) error {
	if _, err := s.deps.Enroller.AskExport(v.r.Context(), v.self); err != nil {
		return err
	}
	v.flash("export_asked")
	return v.redirect("/account")
}

// revokeSession answers POST /account/sessions/{session}/revoke.
func (s *site) revokeSession(v *visit) error {
	id, err := v.id("session")
	if err != nil {
		return err
	}
	if err := s.deps.Sessions.Revoke(v.r.Context(), v.principal.ID, id); err != nil {
		return err
	}
	v.flash("revoked")
	return v.redirect("/account")
}

// revokeOthers answers POST /account/sessions/revoke.
func (s *site) revokeOthers(v *visit) error {
	if _, err := s.deps.Sessions.RevokeOthers(v.r.Context(), v.principal); err != nil {
		return err
	}
	v.flash("revoked")
	return v.redirect("/account")
}
