package api

import (
	"context"
	"net/http"

	"eblagh/api/signin"
	"eblagh/hub"
	"eblagh/hub/access"
	"eblagh/hub/enrol"
)

// Factors keeps second factors. *enrol.Enroller implements it.
type Factors interface {
	BeginFactor(ctx context.Context, p access.Principal) (enrol.NewFactor, error)
	ConfirmFactor(ctx context.Context, p access.Principal, code string) (recovery []string, err error)
	RemoveFactor(ctx context.Context, p access.Principal) error
	ResetFactor(ctx context.Context, p access.Principal, person hub.ID) error
}

// NewFactor is what an authenticator program has to know.
type NewFactor struct {
	Secret string `json:"secret" doc:"base32; RFC 6238, SHA-1, six digits, 30 seconds"`
	URI    string `json:"uri" doc:"otpauth://, for a QR code"`
}

// FactorCode proves that the authenticator works.
type FactorCode struct {
	Code string `json:"code"`
}

// RecoveryCodes each let one in once, without the authenticator.
type RecoveryCodes struct {
	RecoveryCodes []string `json:"recovery_codes" doc:"shown this once"`
}

type factorIn struct{ Body Body[FactorCode] }

type factorOut struct {
	SetCookie http.Cookie `header:"Set-Cookie"`
	Body      RecoveryCodes
}

func (a *api) addFactors() {
	add(a, route{
		method: http.MethodPost, path: "/v1/second-factor", id: "beginSecondFactor", tag: "sign-in", who: people, bare: true,
		status: http.StatusCreated, summary: "Set up a second factor: first step",
		about:   "Staff must have one. It counts once the second step confirms it.",
		refuses: []hub.Code{hub.CodeWrongState},
	}, a.beginFactor)
	add(a, route{
		method: http.MethodPost, path: "/v1/second-factor/confirm", id: "confirmSecondFactor", tag: "sign-in", who: people,
		bare: true, signIn: true, quotas: []hub.Quota{enrol.ProofQuota()}, payload: payloadJSON, summary: "Set up a second factor: second step",
		about:   "The answer sets another session's cookie in the place of the former.",
		refuses: []hub.Code{hub.CodeWrongState},
	}, a.confirmFactor)
	add(a, route{
		method: http.MethodDelete, path: "/v1/second-factor", id: "removeSecondFactor", tag: "sign-in", who: people,
		summary: "Do without a second factor again", about: "Staff cannot. Prove who you are first, by confirmSession.",
		refuses: []hub.Code{hub.CodeWrongState, hub.CodeConfirmation},
	}, a.removeFactor)
	add(a, route{
		method: http.MethodDelete, path: "/v1/recipients/{id}/second-factor", id: "resetSecondFactor", tag: "recipients",
		who: permitted, action: access.StaffWrite, summary: "End the second factor of somebody who lost it",
		about:   "They set up another when they sign in next. Nobody does this for themselves.",
		refuses: []hub.Code{hub.CodeWrongState},
	}, a.resetFactor)
}

func (a *api) beginFactor(ctx context.Context, _ *empty) (*answer[NewFactor], error) {
	f, err := a.deps.Enroller.BeginFactor(ctx, caller(ctx))
	if err != nil {
		return nil, err
	}
	return &answer[NewFactor]{NewFactor(f)}, nil
}

func (a *api) confirmFactor(ctx context.Context, in *factorIn) (*factorOut, error) {
	b, err := in.Body.take()
	if err != nil {
		return nil, err
	}
	codes, err := a.deps.Enroller.ConfirmFactor(ctx, caller(ctx), b.Code)
	if err != nil {
		return nil, err
	}
	cookie, err := a.deps.Sessions.Rise(callFrom(ctx).request, signin.Rise{Factor: hub.FactorTOTP})
	if err != nil {
		return nil, err
	}
	return &factorOut{*cookie, RecoveryCodes{codes}}, nil
}

func (a *api) removeFactor(ctx context.Context, _ *empty) (*empty, error) {
	return nil, a.deps.Enroller.RemoveFactor(ctx, caller(ctx))
}

func (a *api) resetFactor(ctx context.Context, in *PathID) (*empty, error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	return nil, a.deps.Enroller.ResetFactor(ctx, caller(ctx), id)
}
