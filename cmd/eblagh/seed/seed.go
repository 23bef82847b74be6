// Package seed fills a development instance with people who do not exist: a court's branch and its papers, an office,
// a lawyer, citizens and a company, and the staff behind the desks. A newcomer signs in as any of them.
//
// It goes in by the front door. It makes an admin's key, as whoever has the command line may, and from there on each
// thing is done by the one who would do it in life: the admin makes organisations and staff, the office enrols, people
// activate their accounts with the code from their phone, staff set up their second factor, the court submits. Nothing is written past the domain.
//
// Every name says نمونه, every number comes from a series set aside here (number.go), and what the people and papers say
// stands in demo.json. A second run finds what the first one made and changes nothing.
package seed

import (
	"context"
	"fmt"
	"io"
	"log/slog"

	"eblagh/hub"
	"eblagh/hub/access"
	"eblagh/hub/dispatch"
	"eblagh/hub/enrol"
	"eblagh/hub/typeset"
)

// Keyring makes API keys and recognises them.
type Keyring interface {
	CreateKey(ctx context.Context, n enrol.NewKey) (plain string, id hub.ID, err error)
	Authenticate(ctx context.Context, key string) (access.Principal, error)
}

// Organisations keeps branches and offices.
type Organisations interface {
	Organisations(ctx context.Context, p access.Principal, q enrol.OrganisationQuery) ([]hub.Organisation, hub.ID, error)
	CreateOrganisation(ctx context.Context, p access.Principal, o hub.Organisation) (hub.Organisation, error)
}

// Enroller makes people exist.
type Enroller interface {
	Keyring
	Organisations
	Lookup(ctx context.Context, p access.Principal, nationalID string) (hub.Recipient, error)
	Enrol(ctx context.Context, p access.Principal, n enrol.NewRecipient) (hub.Recipient, error)
	AddStaff(ctx context.Context, p access.Principal, n enrol.NewStaff) (hub.Grant, error)
	SendActivation(ctx context.Context, p access.Principal, id hub.ID) error
	RegisterAttorney(ctx context.Context, p access.Principal, n enrol.NewAttorney) (hub.Attorney, error)
	Activate(ctx context.Context, nationalID, activationCode, personalCode string, from enrol.Origin) error
	HasFactor(ctx context.Context, p access.Principal) (bool, error)
	BeginFactor(ctx context.Context, p access.Principal) (enrol.NewFactor, error)
	ConfirmFactor(ctx context.Context, p access.Principal, code string) (recovery []string, err error)
	ResetFactor(ctx context.Context, p access.Principal, person hub.ID) error
}

// Intake takes documents in.
type Intake interface {
	Accept(ctx context.Context, p access.Principal, fileName, mediaType string, body io.Reader) (hub.Document, error)
}

// Dispatcher takes papers in.
type Dispatcher interface {
	Submit(ctx context.Context, p access.Principal, papers []dispatch.Paper, request []byte) ([]dispatch.Result, error)
}

// Options are what the demo is made with.
type Options struct {
	Enroller   Enroller
	Intake     Intake
	Dispatcher Dispatcher
	// Code reads the activation code that is on its way to a person's phone. Only a development instance, which holds
	// the vault and the sandbox's phones, can offer this.
	Code func(ctx context.Context, id hub.NationalID) (string, error)
	// HandOver gives a notice that has arrived to the service officers, so that theirs is a page with something on it.
	// nil: nobody carries anything.
	HandOver func(ctx context.Context, p access.Principal, notice hub.ID) error
	Former   Result // of the run before, whose keys are kept if they still work; zero: there was none
	Logger   *slog.Logger
}

// Result is what a script needs to act as the people and systems of the demo: dev.json, without its base_url. It holds
// secrets, so it belongs into a file that nobody else reads.
type Result struct {
	Keys   Keys     `json:"keys"`
	People []Person `json:"people"`
}

// Keys are the plain API keys, one per role that a system can act in, each with every scope of the role.
type Keys struct {
	Court    string `json:"court"`
	Office   string `json:"office"`
	Operator string `json:"operator"`
	Admin    string `json:"admin"`
	Auditor  string `json:"auditor"`
}

// Person is somebody to sign in as.
type Person struct {
	Role         hub.Role       `json:"role"`
	NationalID   hub.NationalID `json:"national_id"`
	Name         string         `json:"name"`
	Mobile       hub.Mobile     `json:"mobile"`
	PersonalCode string         `json:"personal_code,omitempty"`
	TOTPSecret   string         `json:"totp_secret,omitempty"` // base32; staff sign in with a second factor
	// Representative signs in for a legal person, which has no code of its own.
	Representative hub.NationalID `json:"representative,omitempty"`
}

// RoleLegalPerson marks a legal person among the people of a Result.
const RoleLegalPerson hub.Role = "legal_person"

// Demo makes what is not there yet and tells of everything. It can be run again after any failure.
// Errors: those of the domain packages, with the step that failed; never with a person's data.
func Demo(ctx context.Context, o Options) (Result, error) {
	data, err := load()
	if err != nil {
		return Result{}, err
	}
	fonts, err := typeset.LoadFonts()
	if err != nil {
		return Result{}, err
	}
	d := &demo{Options: o, data: data, fonts: fonts, people: map[string]Person{}, ids: map[string]hub.ID{},
		cases: map[string]hub.ID{}}
	for _, step := range []struct {
		name string
		do   func(context.Context) error
	}{
		{"keys of the instance", d.makeInstanceKeys},
		{"organisations", d.makeOrganisations},
		{"people", d.makePeople},
		{"papers", d.submitPapers},
		{"powers of attorney", d.registerAttorneys},
	} {
		if err := step.do(ctx); err != nil {
			return Result{}, fmt.Errorf("demo: %s: %w", step.name, err)
		}
	}
	for _, p := range data.People {
		d.result.People = append(d.result.People, d.people[p.Key])
	}
	o.Logger.Info("the demo is in place", "people", len(d.result.People), "papers", len(data.Papers))
	return d.result, nil
}

// demo is one run.
type demo struct {
	Options
	data   data
	fonts  *typeset.Fonts
	result Result

	admin, office, court access.Principal
	branch               hub.Organisation
	people               map[string]Person
	ids                  map[string]hub.ID // of people, by key
	cases                map[string]hub.ID // of papers, by reference
}
