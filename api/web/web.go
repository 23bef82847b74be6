package web

import (
	"cmp"
	"context"
	"log/slog"
	"net/http"
	"time"

	"eblagh/api/guard"
	"eblagh/api/signin"
	"eblagh/hub"
)

// Deps are what the pages are made of. All are needed but Outside, Away and SignInsPerMinute.
type Deps struct {
	Enroller   Enroller
	Reader     Reader
	Dispatcher Dispatcher
	Ladder     Ladder
	Keeper     Keeper
	Intake     Intake
	// Certificates is asked for certificates of service.
	Certificates Certificates
	// Proof is what the public page for checking evidence knows.
	Proof    Proof
	Sessions Sessions
	Doors    *signin.Doors
	Outside  Outside // nil: there is no identity provider
	Clock    hub.Clock
	Logger   *slog.Logger
	Test     bool // a test instance says so on every page
	Secure   bool // served over TLS: cookies are marked so that they never leave it
	// Away names the parts of the system that are not there now: redis, postgres, worker, live, sms. nil: none ever.
	Away func(context.Context) []string
	// SignInsPerMinute bounds sign-in and activation by address; 0 means 300, for an office is one address.
	SignInsPerMinute int
}

// site serves the pages. It is safe for concurrent use.
type site struct {
	deps      Deps
	texts     map[Language]catalogue
	zone      *time.Location
	templates templates
	assets    *assets
	signIns   *guard.Rate
	origins   *guard.Origins
	mux       *http.ServeMux
}

// New makes the handler of every page; what it does not know is answered with a page that says so, so that it can be
// mounted at "/" beside the wire. Forms of other origins are refused. Errors: a text, page or asset is broken.
func New(deps Deps) (http.Handler, error) {
	s := &site{deps: deps, mux: http.NewServeMux()}
	var err error
	if s.texts, err = readCatalogues(); err != nil {
		return nil, err
	}
	if s.zone, err = tehran(); err != nil {
		return nil, err
	}
	if s.assets, err = readAssets(); err != nil {
		return nil, err
	}
	if s.templates, err = parseTemplates(s.texts, s.zone, s.assets); err != nil {
		return nil, err
	}
	if s.deps.Away == nil {
		s.deps.Away = func(context.Context) []string { return nil }
	}
	s.signIns = guard.NewRate(cmp.Or(s.deps.SignInsPerMinute, 300), s.deps.Doors.Address)
	s.origins = guard.NewOrigins()
	for _, rt := range s.routes() {
		s.mux.Handle(rt.pattern, s.handler(rt))
	}
	s.mux.Handle("GET /static/{name}", s.assets)
	s.mux.Handle("/", s.refuse(hub.CodeNotFound))
	return s.secure(s.mux), nil
}

// Routes lists the patterns of every page, as net/http.ServeMux knows them.
func Routes() []string {
	var patterns []string
	for _, rt := range (&site{}).routes() {
		patterns = append(patterns, rt.pattern)
	}
	return append(patterns, "GET /static/{name}")
}
