package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"eblagh/api/signin"
	"eblagh/hub"
	"eblagh/hub/access"
	"eblagh/hub/enrol"
)

// Confirmations let who is signed in prove again who they are. *enrol.Enroller implements it.
type Confirmations interface {
	// Fresh refuses with confirmation-required who has not proved lately who they are.
	Fresh(p access.Principal) error
	BeginConfirm(ctx context.Context, p access.Principal) (hub.ID, hub.Factor, error)
	FinishConfirm(ctx context.Context, p access.Principal, challenge hub.ID, code string) error
	ProvePersonalCode(ctx context.Context, p access.Principal, personalCode string) error
}

// Confirm is the body of POST /v1/session/confirm.
type Confirm struct {
	Challenge    hub.ID `json:"challenge,omitzero" format:"uuid"`
	Code         string `json:"code,omitempty" doc:"came by SMS, or of the authenticator"`
	PersonalCode string `json:"personal_code,omitempty" doc:"where several people share a phone"`
}

type confirmationIn struct {
	Body Body[Confirm]
}

// confirmed carries the cookie of the session that takes the place of the former, or the challenge to meet first.
type confirmed struct {
	Status    int
	SetCookie []http.Cookie `header:"Set-Cookie"`
	Body      Challenge
}

func (a *api) addConfirm() {
	rt := route{
		method: http.MethodPost, path: "/v1/session/confirm", id: "confirmSession", tag: "sign-in", who: people, signIn: true,
		quotas:  []hub.Quota{enrol.ProofQuota(), enrol.CodeQuota()},
		payload: payloadJSON, optional: true, bare: true, status: http.StatusNoContent, also: http.StatusAccepted,
		summary: "Prove again who you are",
		about: "Within five minutes of signing in this is 204 at once. Else it is 202 with a challenge, which the same " +
			"call meets with the code. People who share a phone give their personal code. The answer sets another " +
			"session's cookie in the place of the former.",
		refuses: []hub.Code{hub.CodeUnauthorized},
	}
	add(a, rt, a.confirm)
	a.documented(rt).RequestBody.Required = false
	a.documented(rt).Responses["204"] = &huma.Response{Description: "No Content"}
}

func (a *api) confirm(ctx context.Context, in *confirmationIn) (*confirmed, error) {
	b, err := in.Body.take()
	if err != nil {
		return nil, err
	}
	p := caller(ctx)
	switch {
	case b.PersonalCode != "":
		if err := a.deps.Enroller.ProvePersonalCode(ctx, p, b.PersonalCode); err != nil {
			return nil, err
		}
		return a.rise(ctx, signin.Rise{Personal: true})
	case !b.Challenge.IsZero():
		if err := a.deps.Enroller.FinishConfirm(ctx, p, b.Challenge, b.Code); err != nil {
			return nil, err
		}
		return a.rise(ctx, signin.Rise{Confirmed: true})
	case a.deps.Enroller.Fresh(p) == nil:
		return &confirmed{Status: http.StatusNoContent}, nil
	}
	challenge, factor, err := a.deps.Enroller.BeginConfirm(ctx, p)
	if err != nil {
		return nil, err
	}
	return &confirmed{Status: http.StatusAccepted, Body: Challenge{challenge.String(), string(factor)}}, nil
}

func (a *api) rise(ctx context.Context, gained signin.Rise) (*confirmed, error) {
	cookie, err := a.deps.Sessions.Rise(callFrom(ctx).request, gained)
	if err != nil {
		return nil, err
	}
	return &confirmed{Status: http.StatusNoContent, SetCookie: []http.Cookie{*cookie}}, nil
}
