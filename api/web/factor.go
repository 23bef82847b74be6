package web

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"html/template"
	"image/png"
	"net/http"

	"github.com/boombuler/barcode"
	"github.com/boombuler/barcode/qr"

	"eblagh/api/signin"
	"eblagh/hub"
)

// factorPage is where a second factor is set up.
type factorPage struct {
	Form     formView
	Required bool // staff cannot go on without
	Secret   []string
	QR       template.URL
}

// factorForm answers GET /account/second-factor: what it is for, and a button to begin.
func (s *site) factorForm(v *visit) error {
	return v.render(http.StatusOK, "second-factor", factorPage{Form: v.view(newForm()), Required: v.principal.Unready})
}

// beginFactor answers POST /account/second-factor.
func (s *site) beginFactor(v *visit) error {
	if _, err := s.deps.Enroller.BeginFactor(v.r.Context(), v.principal); err != nil {
		return err
	}
	return v.redirect("/account/second-factor/new")
}

// newFactor answers GET /account/second-factor/new: the secret, to scan or to type.
func (s *site) newFactor(v *visit) error { return v.showFactor(http.StatusOK, newForm()) }

func (v *visit) showFactor(status int, f *form) error {
	pending, err := v.site.deps.Enroller.PendingFactor(v.r.Context(), v.principal)
	if hub.CodeOf(err) == hub.CodeWrongState { // there is none, or it is in use by now
		return v.redirect("/account/second-factor")
	}
	if err != nil {
		return err
	}
	picture, err := qrCode(pending.URI)
	if err != nil {
		return err
	}
	page := factorPage{Form: v.view(f), Required: v.principal.Unready, QR: picture}
	for i := 0; i < len(pending.Secret); i += 4 {
		page.Secret = append(page.Secret, pending.Secret[i:min(i+4, len(pending.Secret))])
	}
	return v.render(status, "second-factor-new", page)
}

// qrCode is a picture that the page carries in itself.
func qrCode(text string) (template.URL, error) {
	code, err := qr.Encode(text, qr.M, qr.Auto)
	if err != nil {
		return "", fmt.Errorf("qr code: %w", err)
	}
	if code, err = barcode.Scale(code, 240, 240); err != nil {
		return "", fmt.Errorf("qr code: %w", err)
	}
	var b bytes.Buffer
	if err := png.Encode(&b, code); err != nil {
		return "", fmt.Errorf("qr code: %w", err)
	}
	return template.URL("data:image/png;base64," + base64.StdEncoding.EncodeToString(b.Bytes())), nil
}

// recoveryPage shows the recovery codes, once.
type recoveryPage struct{ Codes []string }

// confirmFactor answers POST /account/second-factor/new: code. The session that can do more takes the place of the one
// that could not.
func (s *site) confirmFactor(v *visit) error {
	f, err := readForm(v.r)
	if err != nil {
		return err
	}
	codes, err := s.deps.Enroller.ConfirmFactor(v.r.Context(), v.principal, f.value("totp"))
	if hub.CodeOf(err) == hub.CodeValidation || hub.CodeOf(err) == hub.CodeRateLimited {
		f.wrong("totp", map[bool]string{true: "totp", false: "rate_limited"}[hub.CodeOf(err) == hub.CodeValidation])
		return v.showFactor(http.StatusUnprocessableEntity, f)
	}
	if err != nil {
		return err
	}
	cookie, err := s.deps.Sessions.Rise(v.r, signin.Rise{Factor: hub.FactorTOTP})
	if err != nil {
		return err
	}
	http.SetCookie(v.w, cookie)
	v.principal.Unready = false
	return v.render(http.StatusOK, "recovery-codes", recoveryPage{codes})
}

// removeFactor answers POST /account/second-factor/remove.
func (s *site) removeFactor(v *visit) error {
	if err := s.deps.Enroller.RemoveFactor(v.r.Context(), v.principal); err != nil {
		return err
	}
	v.flash("factor_removed")
	return v.redirect("/account")
}
