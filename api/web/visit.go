package web

import (
	"bytes"
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"eblagh/hub"
	"eblagh/hub/access"
	"eblagh/hub/trail"
)

// visit is one request: who asks, in which language, and what to answer with.
type visit struct {
	site      *site
	w         http.ResponseWriter
	r         *http.Request
	language  Language
	signedIn  bool
	principal access.Principal // as who they act for
	self      access.Principal // as themselves
}

// visit finds out who asks. Its visit is good for an error page also when it returns an error.
func (s *site) visit(w http.ResponseWriter, r *http.Request) (*visit, error) {
	v := &visit{site: s, w: w, r: r, language: s.languageOf(r)}
	p, err := s.deps.Sessions.Principal(r)
	if err != nil {
		return v, fmt.Errorf("session: %w", err)
	}
	v.self, v.signedIn = p, p.Kind == access.Person
	v.principal = trail.Of(r.Context()).As(Acting(r, p, s.deps.Secure))
	return v, nil
}

// page is what the layout is drawn from; Data is the page's own.
type page struct {
	Language Language
	Other    Language
	Path     string // where a change of language leads back to
	Test     bool
	SignedIn bool
	Acting   bool // for a legal person
	Nav      []section
	Flash    string // key of a text, once
	Data     any
}

// render answers with a whole page.
func (v *visit) render(status int, name string, data any) error {
	p := page{
		Language: v.language, Other: v.language.other(), Path: v.returnPath(), Test: v.site.deps.Test,
		SignedIn: v.signedIn, Acting: !v.principal.For.LegalPerson.IsZero(), Nav: v.sections(), Flash: v.takeFlash(), Data: data,
	}
	html, err := v.draw(name, "layout", p)
	if err != nil {
		return err
	}
	return v.write(status, html)
}

// draw executes one block of a page. Nothing is written before all of it is drawn.
func (v *visit) draw(name, block string, data any) ([]byte, error) {
	var b bytes.Buffer
	t, err := v.site.templates[v.language][name]()
	if err == nil {
		err = t.ExecuteTemplate(&b, block, data)
	}
	if err != nil {
		return nil, fmt.Errorf("page %s: %w", name, err)
	}
	return b.Bytes(), nil
}

func (v *visit) write(status int, html []byte) error {
	v.w.Header().Set("Content-Type", "text/html; charset=utf-8")
	v.w.Header().Set("Content-Language", string(v.language))
	v.w.WriteHeader(status)
	_, _ = v.w.Write(html) // the reader went away: nobody is left to tell
	return nil
}

// wants reports whether htmx asks for this element of the page alone.
func (v *visit) wants(element string) bool {
	return v.r.Header.Get("HX-Request") == "true" && v.r.Header.Get("HX-Target") == element
}

// redirect leads on to a page of ours, by GET.
func (v *visit) redirect(path string) error {
	http.Redirect(v.w, v.r, path, http.StatusSeeOther)
	return nil
}

// askToSignIn leads to the sign-in page and from there back here. A refreshing element cannot follow: htmx is told to
// load the page.
func (v *visit) askToSignIn() {
	to := "/sign-in"
	if v.r.Method == http.MethodGet && v.r.URL.Path != "/" {
		to += "?next=" + url.QueryEscape(v.r.URL.Path)
	}
	v.lead(to)
}

// lead goes to a page that stands before the one asked for. A boosted form follows a redirect by itself, a refreshing
// element does not.
func (v *visit) lead(to string) {
	if v.r.Header.Get("HX-Request") == "true" && v.r.Header.Get("HX-Boosted") != "true" {
		v.w.Header().Set("HX-Redirect", to)
		v.w.WriteHeader(http.StatusUnauthorized)
		return
	}
	_ = v.redirect(to)
}

// id reads an id out of the path. What is no id does not exist.
func (v *visit) id(name string) (hub.ID, error) {
	id, err := hub.ParseID(v.r.PathValue(name))
	if err != nil {
		return hub.ID{}, hub.ErrNotFound
	}
	return id, nil
}

// returnPath is the page itself; for the answer to a form, the page that the form is on.
func (v *visit) returnPath() string {
	if strings.HasPrefix(v.r.URL.Path, "/sign-in/outside") {
		return "/sign-in" // an address that the provider led to works once
	}
	if v.r.Method == http.MethodGet {
		return v.r.URL.RequestURI()
	}
	if page, _, found := strings.Cut(v.r.URL.Path, "/attorneys"); found {
		return page
	}
	if page, _, found := strings.Cut(v.r.URL.Path, "/representatives/"); found {
		return cmp.Or(page, "/representatives")
	}
	if page, found := strings.CutSuffix(v.r.URL.Path, "/representatives"); found && page != "" {
		return page
	}
	if id := v.r.PathValue("draft"); id != "" && !strings.HasSuffix(v.r.URL.Path, "/edit") {
		return "/court/drafts/" + url.PathEscape(id)
	}
	if v.r.PathValue("organisation") != "" {
		return "/court/four-eyes"
	}
	switch v.r.URL.Path {
	case "/office/lookup":
		return "/office"
	case "/operator/holds":
		return "/operator"
	}
	if strings.HasPrefix(v.r.URL.Path, "/lawyer/") {
		return "/lawyer"
	}
	if strings.HasPrefix(v.r.URL.Path, "/keys/") {
		return "/keys"
	}
	return v.r.URL.Path
}

// localPath accepts a path on this site and nothing that a browser could take for another one.
func localPath(s string) string {
	u, err := url.Parse(s)
	bad := err != nil || u.IsAbs() || u.Host != "" || u.Opaque != "" || !strings.HasPrefix(s, "/") ||
		strings.HasPrefix(s, "//") || strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == '\\' })
	if bad {
		return "/"
	}
	return s
}
