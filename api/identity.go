package api

import (
	"context"
	"net/http"
	"time"

	"eblagh/hub"
	"eblagh/hub/access"
)

// Identities keeps who staff are at the identity provider outside. *enrol.Enroller implements it.
type Identities interface {
	Identity(ctx context.Context, p access.Principal, grant hub.ID) (hub.Identity, error)
	BindIdentity(ctx context.Context, p access.Principal, grant hub.ID, subject string) (hub.Identity, error)
	UnbindIdentity(ctx context.Context, p access.Principal, grant hub.ID) error
}

// NewIdentity is the body of PUT /v1/staff/{id}/identity.
type NewIdentity struct {
	Subject string `json:"subject" maxLength:"255" doc:"the claim sub of the provider's tokens; only a keyed digest of it is kept"`
}

// Identity says that somebody is bound to a subject, which is told to nobody.
type Identity struct {
	Issuer   string    `json:"issuer"`
	PersonID string    `json:"person_id" format:"uuid"`
	BoundBy  string    `json:"bound_by" format:"uuid"`
	BoundAt  time.Time `json:"bound_at"`
}

func viewIdentity(i hub.Identity) Identity {
	return Identity{i.Issuer, i.Person.String(), i.BoundBy.String(), i.BoundAt.UTC()}
}

type identityIn struct {
	PathID
	Body Body[NewIdentity]
}

func (a *api) addIdentities() {
	base := route{tag: "staff", who: permitted, action: access.StaffWrite, path: "/v1/staff/{id}/identity"}
	get, put, end := base, base, base
	get.method, get.id, get.summary = http.MethodGet, "getIdentity", "How somebody is known to the identity provider"
	add(a, get, a.getIdentity)
	put.method, put.id, put.summary = http.MethodPut, "bindIdentity", "Bind the holder of a role to a subject of the identity provider"
	put.about = "From then on they may sign in through it, and give their second factor here. It is theirs in whatever role; one bound " +
		"before ends, as by unbinding. Nobody does this for themselves."
	put.payload, put.refuses = payloadJSON, []hub.Code{hub.CodeWrongState}
	add(a, put, a.putIdentity)
	end.method, end.id, end.summary = http.MethodDelete, "unbindIdentity", "End that"
	end.about = "Every session of the person ends with it."
	add(a, end, a.deleteIdentity)
}

func (a *api) getIdentity(ctx context.Context, in *PathID) (*answer[Identity], error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	i, err := a.deps.Enroller.Identity(ctx, caller(ctx), id)
	if err != nil {
		return nil, err
	}
	return &answer[Identity]{viewIdentity(i)}, nil
}

func (a *api) putIdentity(ctx context.Context, in *identityIn) (*answer[Identity], error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	n, err := in.Body.take()
	if err != nil {
		return nil, err
	}
	i, err := a.deps.Enroller.BindIdentity(ctx, caller(ctx), id, n.Subject)
	if err != nil {
		return nil, err
	}
	return &answer[Identity]{viewIdentity(i)}, nil
}

func (a *api) deleteIdentity(ctx context.Context, in *PathID) (*empty, error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	return nil, a.deps.Enroller.UnbindIdentity(ctx, caller(ctx), id)
}
