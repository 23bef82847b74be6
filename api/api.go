package api

import (
	"cmp"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"eblagh/api/guard"
	"eblagh/api/signin"
	"eblagh/hub"
)

// Enroller makes people and organisations exist and lets them in. *enrol.Enroller implements it.
type Enroller interface {
	Recipients
	Organisations
	Eyes
	Staff
	Identities
	Attorneys
	Representatives
	Exports
	SignIns
	Keys
	APIKeys
	signin.People
}

// Deps are what the wire is made of. All are needed but Observe, SignInsPerMinute and Gate.
type Deps struct {
	Enroller   Enroller
	Dispatcher Dispatcher
	Reader     Reader
	Ladder     Ladder
	LegalHolds LegalHolds
	Assignees  Assignees
	Classifier Classifier
	Intake     Intake
	Judge      Judge
	Profile    string // the service rule that Judge goes by
	Answers    Answers
	Log        Log // nil: there is no public log
	// Certificates is asked for certificates of service.
	Certificates Certificates
	Vault        Vault
	Sessions     *signin.Sessions
	Doors        *signin.Doors
	Logger       *slog.Logger
	// Observe is told of every call served: the route's id ("" for none), the status, how long it took.
	Observe func(route string, status int, took time.Duration)
	// LogPerMinute bounds reading the public log by address; 0 means 6,000.
	LogPerMinute int
	// SignInsPerMinute bounds sign-in and activation by address; 0 means 300.
	SignInsPerMinute int
	Gate             GateOptions
	Version          string
}

// signInsPerMinute is how often one address may try to sign in or activate. It is generous, for an office or a mobile
// carrier is one address for many people, and only an outer guard: hub/enrol counts tries, for all processes together.
const signInsPerMinute = 300

// api serves the wire. It is also the mux that huma registers on.
type api struct {
	deps    Deps
	mux     *http.ServeMux
	huma    huma.API
	routes  map[string]route
	signIns *guard.Rate
	gate    *gate
	origins *guard.Origins

	exporting chan struct{} // a place for each copy of somebody's data that is being made
}

// New makes the handler of everything under /v1, of /openapi.json and of /docs. It is safe for concurrent use.
func New(deps Deps) (http.Handler, error) {
	a, err := build(deps)
	if err != nil {
		return nil, err
	}
	return http.HandlerFunc(a.front), nil
}

func build(deps Deps) (*api, error) {
	if deps.Observe == nil {
		deps.Observe = func(string, int, time.Duration) {}
	}
	a := &api{
		deps: deps, mux: http.NewServeMux(), routes: map[string]route{},
		signIns: guard.NewRate(cmp.Or(deps.SignInsPerMinute, signInsPerMinute), deps.Doors.Address),
		gate:    newGate(deps.Gate), origins: guard.NewOrigins(), exporting: make(chan struct{}, exportsAtOnce),
	}
	a.huma = humago.New(a, humaConfig(deps.Version))
	a.addSignIn()
	a.addRecipients()
	a.addOrganisations()
	a.addStaff()
	a.addIdentities()
	a.addDocuments()
	a.addNotices()
	a.addDrafts()
	a.addCertificates()
	a.addInbox()
	a.addCases()
	a.addHeld()
	a.addLegalHolds()
	a.addAssignees()
	a.addClassification()
	a.addExports()
	a.addRepresentatives()
	a.addLanes()
	a.addDeliveries()
	a.addHolds()
	a.addLog()
	a.addOfficerTasks()
	a.addLooks()
	a.addAPIKeys()
	return a, a.addDocs()
}

// ServeHTTP implements humago.Mux.
func (a *api) ServeHTTP(w http.ResponseWriter, r *http.Request) { a.mux.ServeHTTP(w, r) }

var (
	errPanic    = errors.New("panic")
	errNoRoute  = hub.Refuse(hub.CodeNotFound, "there is no such call")
	errNoMethod = hub.Refuse(hub.CodeNotFound, "this address does not take that method")
)
