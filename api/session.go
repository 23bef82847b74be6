package api

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"reflect"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"eblagh/hub"
	"eblagh/hub/access"
	"eblagh/hub/enrol"
	"eblagh/hub/trail"
)

// SignIns proves who people are. *enrol.Enroller implements it.
type SignIns interface {
	Activate(ctx context.Context, nationalID, activationCode, personalCode string, from enrol.Origin) error
	// BeginSignIn MUST answer alike, and as fast, whether or not there is such a person.
	BeginSignIn(ctx context.Context, nationalID, personalCode string, from enrol.Origin) (hub.ID, error)
	FinishSignIn(ctx context.Context, challenge hub.ID, code string, from enrol.Origin) (enrol.SignedIn, error)
	Confirmations
	Factors
}

// Activation is the body of POST /v1/activation.
type Activation struct {
	NationalID     string `json:"national_id"`
	ActivationCode string `json:"activation_code" doc:"came by SMS"`
	PersonalCode   string `json:"personal_code" doc:"10 digits of one's own choice, to sign in with"`
}

// SignIn is the body of POST /v1/session.
type SignIn struct {
	NationalID   string `json:"national_id"`
	PersonalCode string `json:"personal_code"`
}

// Challenge names a one-time code that was sent, or seems to have been; or asks for a second factor.
type Challenge struct {
	Challenge    string `json:"challenge" format:"uuid"`
	SecondFactor string `json:"second_factor,omitempty" enum:"totp" doc:"answer with the code of the authenticator, or with a recovery code"`
}

// CodeTry answers a challenge.
type CodeTry struct {
	Challenge hub.ID `json:"challenge" format:"uuid"`
	Code      string `json:"code" doc:"came by SMS"`
}

// Session is one of one's own sessions.
type Session struct {
	ID        string    `json:"id" format:"uuid"`
	Current   bool      `json:"current" doc:"the one that asks"`
	CreatedAt time.Time `json:"created_at"`
	ExpiresAt time.Time `json:"expires_at"`
	SeenAt    time.Time `json:"seen_at" doc:"last used, to the minute"`
	Device    string    `json:"device,omitempty" doc:"platform and browser, in words"`
}

// Me is who asks, and in which roles.
type Me struct {
	Kind       string     `json:"kind" enum:"person,key"`
	ID         string     `json:"id" format:"uuid"`
	Person     *Recipient `json:"person,omitempty"`
	Roles      []HeldRole `json:"roles"`
	Represents []Mandate  `json:"represents,omitempty" doc:"legal persons that one may act for, by the header Acting-For"`
	ActingFor  string     `json:"acting_for,omitempty" format:"uuid" doc:"the legal person that this call acts for"`
	Scopes     []string   `json:"scopes,omitempty" doc:"keys only"`
	SignedInAt *time.Time `json:"signed_in_at,omitempty" doc:"when they last proved who they are"`

	SecondFactor      string `json:"second_factor,omitempty" enum:"totp" doc:"what this session was proved with besides"`
	NeedsSecondFactor bool   `json:"needs_second_factor,omitempty" doc:"staff: nothing else is possible until one is set up"`
}

// HeldRole is a role, at an organisation where it has one.
type HeldRole struct {
	Role           string `json:"role"`
	OrganisationID string `json:"organisation_id,omitempty" format:"uuid"`
}

// Mandate is a legal person that somebody represents.
type Mandate struct {
	LegalPersonID string `json:"legal_person_id" format:"uuid"`
	Role          string `json:"role" enum:"owner,manager,reader"`
}

type activationIn struct{ Body Body[Activation] }

type signInIn struct{ Body Body[SignIn] }

type codeIn struct{ Body Body[CodeTry] }

// signedIn carries the cookies of a session that begins, or the challenge that stands before it.
type signedIn struct {
	Status    int
	SetCookie []http.Cookie `header:"Set-Cookie"`
	Body      Verified
}

// Verified is who signed in, or the challenge that asks for a second factor. It cannot hold both.
type Verified struct{ shown any }

// MarshalJSON writes the one that it is.
func (v Verified) MarshalJSON() ([]byte, error) { return json.Marshal(v.shown) }

// Schema implements huma.SchemaProvider.
func (Verified) Schema(r huma.Registry) *huma.Schema {
	return &huma.Schema{OneOf: []*huma.Schema{
		r.Schema(reflect.TypeFor[Me](), true, ""), r.Schema(reflect.TypeFor[Challenge](), true, ""),
	}}
}

type signedOut struct {
	SetCookie http.Cookie `header:"Set-Cookie"`
}

func (a *api) addSignIn() {
	add(a, route{
		method: http.MethodPost, path: "/v1/activation", id: "activate", tag: "sign-in", who: anyone, signIn: true,
		quotas:  []hub.Quota{enrol.TryQuota()},
		payload: payloadJSON, summary: "Choose a personal code with the activation code",
		about:   "From then on notices can be served. A wrong code and an unknown person answer alike.",
		refuses: []hub.Code{hub.CodeUnauthorized},
	}, a.activate)
	add(a, route{
		method: http.MethodPost, path: "/v1/session", id: "beginSignIn", tag: "sign-in", who: anyone, signIn: true,
		quotas:  []hub.Quota{enrol.TryQuota()},
		payload: payloadJSON, status: http.StatusAccepted, summary: "Sign in: first step",
		about: "Answers 202 with a challenge whoever asks, so that nobody can find out who is enrolled. With the right " +
			"personal code, a one-time code comes by SMS.",
	}, a.beginSignIn)
	add(a, route{
		method: http.MethodPost, path: "/v1/session/verify", id: "finishSignIn", tag: "sign-in", who: anyone, signIn: true,
		quotas:  []hub.Quota{enrol.TryQuota()},
		payload: payloadJSON, summary: "Sign in: second step, and the third", about: "The answer sets the session's cookie; or it is 202 with a new " +
			"challenge, which asks for a second factor and is answered by the same call.",
		also: http.StatusAccepted, refuses: []hub.Code{hub.CodeUnauthorized},
	}, a.finishSignIn)
	add(a, route{
		method: http.MethodDelete, path: "/v1/session", id: "signOut", tag: "sign-in", who: people, bare: true, summary: "Sign out",
	}, a.signOut)
	add(a, route{
		method: http.MethodGet, path: "/v1/me", id: "whoAmI", tag: "sign-in", who: known, bare: true,
		summary: "Who am I, and in which roles",
	}, a.me)
	add(a, route{
		method: http.MethodGet, path: "/v1/sessions", id: "listSessions", tag: "sign-in", who: people,
		summary: "One's own sessions, newest first",
	}, a.listSessions)
	add(a, route{
		method: http.MethodDelete, path: "/v1/sessions/{id}", id: "revokeSession", tag: "sign-in", who: people,
		summary: "End one of one's own sessions",
	}, a.revokeSession)
	add(a, route{
		method: http.MethodDelete, path: "/v1/sessions", id: "revokeOtherSessions", tag: "sign-in", who: people,
		summary: "End one's own sessions but the one that asks",
	}, a.revokeOthers)
	a.addConfirm()
	a.addFactors()
}

func (a *api) activate(ctx context.Context, in *activationIn) (*empty, error) {
	b, err := in.Body.take()
	if err != nil {
		return nil, err
	}
	return nil, a.deps.Enroller.Activate(ctx, b.NationalID, b.ActivationCode, b.PersonalCode, a.origin(ctx))
}

func (a *api) beginSignIn(ctx context.Context, in *signInIn) (*answer[Challenge], error) {
	b, err := in.Body.take()
	if err != nil {
		return nil, err
	}
	id, err := a.deps.Enroller.BeginSignIn(ctx, b.NationalID, b.PersonalCode, a.origin(ctx))
	if err != nil {
		return nil, err
	}
	return &answer[Challenge]{Challenge{Challenge: id.String()}}, nil
}

func (a *api) finishSignIn(ctx context.Context, in *codeIn) (*signedIn, error) {
	b, err := in.Body.take()
	if err != nil {
		return nil, err
	}
	r := callFrom(ctx).request
	from, device := a.deps.Doors.Entering(r)
	done, err := a.deps.Enroller.FinishSignIn(ctx, b.Challenge, b.Code, from)
	if err != nil {
		return nil, err
	}
	trail.Of(ctx).As(access.Principal{Kind: access.Person, ID: cmp.Or(done.Person, done.Proved)})
	if !done.Challenge.IsZero() {
		next := Challenge{done.Challenge.String(), string(done.Factor)}
		return &signedIn{Status: http.StatusAccepted, Body: Verified{next}}, nil
	}
	cookie, err := a.deps.Sessions.Start(r, done.Person, done.Factor, done.Proof)
	if err != nil {
		return nil, err
	}
	p, err := a.deps.Enroller.PersonPrincipal(ctx, done.Person)
	if err != nil {
		return nil, err
	}
	p.Factor, p.Unready = done.Factor, done.Factor == hub.FactorNone && p.Staff()
	return &signedIn{http.StatusOK, []http.Cookie{*cookie, *device}, Verified{viewMe(p)}}, nil
}

// origin is from where the call comes.
func (a *api) origin(ctx context.Context) enrol.Origin {
	return a.deps.Doors.Origin(callFrom(ctx).request)
}

func (a *api) signOut(ctx context.Context, _ *empty) (*signedOut, error) {
	cookie, err := a.deps.Sessions.End(callFrom(ctx).request)
	if err != nil {
		return nil, err
	}
	return &signedOut{*cookie}, nil
}

func (a *api) me(ctx context.Context, _ *empty) (*answer[Me], error) {
	p := caller(ctx)
	out := &answer[Me]{viewMe(p)}
	if p.Kind != access.Person || p.Unready {
		return out, nil
	}
	r, err := a.deps.Enroller.Recipient(ctx, p, p.Addressee())
	if err != nil {
		return nil, err
	}
	person := viewRecipient(r)
	out.Body.Person = &person
	return out, nil
}

func (a *api) listSessions(ctx context.Context, _ *empty) (*answer[Page[Session]], error) {
	p := caller(ctx)
	list, err := a.deps.Sessions.List(ctx, p.ID)
	if err != nil {
		return nil, err
	}
	return pageOf(list, "", func(s hub.Session) Session {
		return Session{s.ID.String(), s.ID == p.Session, s.CreatedAt.UTC(), s.ExpiresAt.UTC(), s.SeenAt.UTC(), s.Device}
	}), nil
}

func (a *api) revokeOthers(ctx context.Context, _ *empty) (*empty, error) {
	_, err := a.deps.Sessions.RevokeOthers(ctx, caller(ctx))
	return nil, err
}

func (a *api) revokeSession(ctx context.Context, in *PathID) (*empty, error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	return nil, a.deps.Sessions.Revoke(ctx, caller(ctx).ID, id)
}

func viewMe(p access.Principal) Me {
	me := Me{Kind: string(p.Kind), ID: p.ID.String(), Roles: []HeldRole{}, SignedInAt: moment(p.SignedInAt),
		SecondFactor: string(p.Factor), NeedsSecondFactor: p.Unready}
	switch {
	case !p.For.LegalPerson.IsZero():
		me.ActingFor = p.For.LegalPerson.String()
		me.Roles = append(me.Roles, HeldRole{Role: string(p.For.Role)})
	case p.Kind == access.Person:
		me.Roles = append(me.Roles, HeldRole{Role: string(hub.RoleCitizen)})
	}
	for _, m := range p.Mandates {
		me.Represents = append(me.Represents, Mandate{m.LegalPerson.String(), string(m.Role)})
	}
	for _, g := range p.Grants {
		me.Roles = append(me.Roles, HeldRole{string(g.Role), idText(g.Organisation)})
	}
	for _, s := range p.Scopes {
		me.Scopes = append(me.Scopes, string(s))
	}
	return me
}
