package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"eblagh/cmd/eblagh/seed"
	"eblagh/hub"
)

// devFile is dev.json: what a script needs to use a development instance. It holds secrets of the demo, so only its
// owner may read it.
type devFile struct {
	BaseURL  string `json:"base_url"`
	AdminURL string `json:"admin_url"`
	// LogPublicKey is the verifier key of the log of receipts, for eblagh verify.
	LogPublicKey string `json:"log_public_key,omitempty"`
	seed.Result
}

// readDevFile gives the file of the run before, or an empty one.
func readDevFile(dir string) (devFile, error) {
	var f devFile
	text, err := os.ReadFile(filepath.Join(dir, "dev.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return f, nil
	}
	if err != nil {
		return f, err
	}
	if err := json.Unmarshal(text, &f); err != nil {
		return f, fmt.Errorf("%s: %w", filepath.Join(dir, "dev.json"), err)
	}
	return f, nil
}

// write leaves dev.env first and dev.json last: who sees dev.json may go ahead.
func (f devFile) write(dir string) error {
	text, err := json.MarshalIndent(f, "", "  ")
	if err != nil {
		return err
	}
	if err := replace(filepath.Join(dir, "dev.env"), []byte(f.shell())); err != nil {
		return err
	}
	return replace(filepath.Join(dir, "dev.json"), append(text, '\n'))
}

// replace writes a file whole or not at all.
func replace(path string, content []byte) error {
	if err := os.WriteFile(path+".new", content, 0o600); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}

// shell is the same for `. var/dev.env` in a shell: the keys, the first citizen and the court's clerk.
func (f devFile) shell() string {
	var b strings.Builder
	set := func(name, value string) { fmt.Fprintf(&b, "%s='%s'\n", name, strings.ReplaceAll(value, "'", `'\''`)) }
	set("BASE_URL", f.BaseURL)
	set("ADMIN_URL", f.AdminURL)
	set("LOG_PUBLIC_KEY", f.LogPublicKey)
	set("COURT_KEY", f.Keys.Court)
	set("OFFICE_KEY", f.Keys.Office)
	set("OPERATOR_KEY", f.Keys.Operator)
	set("ADMIN_KEY", f.Keys.Admin)
	set("AUDITOR_KEY", f.Keys.Auditor)
	for _, p := range f.People {
		if p.Role == hub.RoleCitizen {
			set("CITIZEN_NATIONAL_ID", string(p.NationalID))
			set("CITIZEN_MOBILE", string(p.Mobile))
			set("CITIZEN_PERSONAL_CODE", p.PersonalCode)
			break
		}
	}
	for _, p := range f.People {
		if p.Role == hub.RoleCourtClerk { // staff sign in with a second factor: bin/eblagh totp "$CLERK_TOTP_SECRET"
			set("CLERK_NATIONAL_ID", string(p.NationalID))
			set("CLERK_MOBILE", string(p.Mobile))
			set("CLERK_PERSONAL_CODE", p.PersonalCode)
			set("CLERK_TOTP_SECRET", p.TOTPSecret)
			break
		}
	}
	return b.String()
}

// print tells where to click and who to sign in as.
func (f devFile) print(w io.Writer, dir string) {
	fmt.Fprintf(w, "\n  Eblagh is ready · ابلاغ آماده است\n\n")
	fmt.Fprintf(w, "  صفحه‌ها · pages    %s/\n  API      %s/docs\n  metrics  %s/metrics\n", f.BaseURL, f.BaseURL, f.AdminURL)
	fmt.Fprintf(w, "  texts    %s/dev/phones/MOBILE   (the one-time codes are here)\n", f.BaseURL)
	fmt.Fprintf(w, "  scripts  %s, %s\n\n", filepath.Join(dir, "dev.json"), filepath.Join(dir, "dev.env"))
	if len(f.People) > 0 {
		fmt.Fprintf(w, "  Sign in with national id and personal code · ورود با کد ملی و رمز شخصی\n")
	}
	for _, p := range f.People {
		code := p.PersonalCode
		if p.Representative != "" {
			code = "← " + string(p.Representative) // who signs in for it, and then acts for it at /account
		}
		fmt.Fprintf(w, "  %-16s %-11s %-11s %s  %s\n", p.Role, p.NationalID, code, p.Mobile, p.Name)
	}
	fmt.Fprintf(w, "\n  Staff give a second code as well · کارمندان یک کد دیگر هم می‌نویسند\n")
	for _, p := range f.People {
		if p.TOTPSecret != "" {
			fmt.Fprintf(w, "  %-16s eblagh totp %s\n", p.Role, p.TOTPSecret)
		}
	}
	fmt.Fprintf(w, "\n  Ctrl-C stops it; the data and the log stay in %s.\n\n", dir)
}
