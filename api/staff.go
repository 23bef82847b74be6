package api

import (
	"context"
	"net/http"
	"time"

	"eblagh/hub"
	"eblagh/hub/access"
	"eblagh/hub/enrol"
)

// Staff keeps who may act as what. *enrol.Enroller implements it.
type Staff interface {
	AddStaff(ctx context.Context, p access.Principal, n enrol.NewStaff) (hub.Grant, error)
	Staff(ctx context.Context, p access.Principal, grant hub.ID) (hub.Grant, error)
	RevokeStaff(ctx context.Context, p access.Principal, grant hub.ID) (hub.Grant, error)
}

// NewGrant is the body of POST /v1/staff.
type NewGrant struct {
	NationalID     string `json:"national_id"`
	GivenName      string `json:"given_name" maxLength:"100"`
	FamilyName     string `json:"family_name" maxLength:"100"`
	Mobile         string `json:"mobile"`
	Role           string `json:"role" enum:"lawyer,court_clerk,judge,office_clerk,office_manager,service_officer,operator,auditor,admin"`
	OrganisationID hub.ID `json:"organisation_id,omitzero" format:"uuid" doc:"court_clerk, judge and service_officer: a branch; office_clerk and office_manager: an office; else none"`
}

// GrantChange is the body of PATCH /v1/staff/{id}.
type GrantChange struct {
	Disabled bool `json:"disabled" doc:"true takes the role away; a role taken away is granted anew, not enabled"`
}

// Grant is one role of one person.
type Grant struct {
	ID             string     `json:"id" format:"uuid"`
	PersonID       string     `json:"person_id" format:"uuid"`
	Role           string     `json:"role"`
	OrganisationID string     `json:"organisation_id,omitempty" format:"uuid"`
	CreatedAt      time.Time  `json:"created_at"`
	RevokedAt      *time.Time `json:"revoked_at,omitempty"`
}

func viewGrant(g hub.Grant) Grant {
	return Grant{g.ID.String(), g.Person.String(), string(g.Role), idText(g.Organisation), g.CreatedAt.UTC(), moment(g.RevokedAt)}
}

type newGrantIn struct{ Body Body[NewGrant] }

type changeGrantIn struct {
	PathID
	Body Body[GrantChange]
}

func (a *api) addStaff() {
	base := route{tag: "staff", who: permitted, action: access.StaffWrite}
	create, get, change := base, base, base
	create.method, create.path, create.id = http.MethodPost, "/v1/staff", "addStaff"
	create.summary, create.payload, create.creates, create.status = "Grant a person a role", payloadJSON, true, http.StatusCreated
	create.about = "Who is not known yet is enrolled and gets an activation code by SMS."
	create.refuses = []hub.Code{hub.CodeWrongState}
	add(a, create, a.postStaff)
	get.method, get.path, get.id, get.summary = http.MethodGet, "/v1/staff/{id}", "getStaff", "One role of one person"
	add(a, get, a.getStaff)
	change.method, change.path, change.id = http.MethodPatch, "/v1/staff/{id}", "changeStaff"
	change.summary, change.payload = "Take a role away", payloadJSON
	change.refuses = []hub.Code{hub.CodeWrongState}
	add(a, change, a.patchStaff)
}

func (a *api) postStaff(ctx context.Context, in *newGrantIn) (*created[Grant], error) {
	n, err := in.Body.take()
	if err != nil {
		return nil, err
	}
	g, err := a.deps.Enroller.AddStaff(ctx, caller(ctx), enrol.NewStaff{
		NationalID: n.NationalID, GivenName: n.GivenName, FamilyName: n.FamilyName, Mobile: n.Mobile,
		Role: hub.Role(n.Role), Organisation: n.OrganisationID,
	})
	if err != nil {
		return nil, err
	}
	return createdAt("/v1/staff/"+g.ID.String(), viewGrant(g)), nil
}

func (a *api) getStaff(ctx context.Context, in *PathID) (*answer[Grant], error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	g, err := a.deps.Enroller.Staff(ctx, caller(ctx), id)
	if err != nil {
		return nil, err
	}
	return &answer[Grant]{viewGrant(g)}, nil
}

func (a *api) patchStaff(ctx context.Context, in *changeGrantIn) (*answer[Grant], error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	c, err := in.Body.take()
	if err != nil {
		return nil, err
	}
	if !c.Disabled {
		return nil, refuseField(hub.CodeValidation, "/disabled", "value", "only true is possible: a role is granted anew")
	}
	g, err := a.deps.Enroller.RevokeStaff(ctx, caller(ctx), id)
	if err != nil {
		return nil, err
	}
	return &answer[Grant]{viewGrant(g)}, nil
}
