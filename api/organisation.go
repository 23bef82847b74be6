package api

import (
	"context"
	"net/http"
	"time"

	"eblagh/hub"
	"eblagh/hub/access"
	"eblagh/hub/enrol"
)

// Organisations keeps branches and offices. *enrol.Enroller implements it.
type Organisations interface {
	CreateOrganisation(ctx context.Context, p access.Principal, o hub.Organisation) (hub.Organisation, error)
	Organisation(ctx context.Context, p access.Principal, id hub.ID) (hub.Organisation, error)
	Organisations(ctx context.Context, p access.Principal, q enrol.OrganisationQuery) ([]hub.Organisation, hub.ID, error)
	ChangeOrganisation(ctx context.Context, p access.Principal, id hub.ID, patch enrol.OrganisationPatch) (hub.Organisation, error)
}

// NewOrganisation is the body of POST /v1/branches and /v1/offices.
type NewOrganisation struct {
	Code     string `json:"code" maxLength:"50" doc:"the judiciary's code of it, unique among its kind"`
	Name     string `json:"name" maxLength:"200"`
	Province string `json:"province,omitempty" maxLength:"100"`
}

// OrganisationChange is the body of PATCH. What is not there stays.
type OrganisationChange struct {
	Name     *string `json:"name,omitempty" maxLength:"200"`
	Province *string `json:"province,omitempty" maxLength:"100"`
	Disabled *bool   `json:"disabled,omitempty" doc:"staff and keys of a disabled organisation may do nothing for it"`
}

// Organisation is a branch of a court, or an office.
type Organisation struct {
	ID         string     `json:"id" format:"uuid"`
	Kind       string     `json:"kind" enum:"branch,office"`
	Code       string     `json:"code"`
	Name       string     `json:"name"`
	Province   string     `json:"province"`
	CreatedAt  time.Time  `json:"created_at"`
	DisabledAt *time.Time `json:"disabled_at,omitempty"`
	FourEyes   FourEyes   `json:"four_eyes" doc:"which papers wait for a second pair of eyes"`
}

func viewOrganisation(o hub.Organisation) Organisation {
	return Organisation{o.ID.String(), string(o.Kind), o.Code, o.Name, o.Province, o.CreatedAt.UTC(), moment(o.DisabledAt),
		FourEyes{People: o.FourEyes, Keys: o.FourEyesKeys}}
}

type newOrganisationIn struct{ Body Body[NewOrganisation] }

type changeOrganisationIn struct {
	PathID
	Body Body[OrganisationChange]
}

// organisations serves one kind of organisation: branches and offices differ in nothing but where they stand.
type organisations struct {
	api  *api
	kind hub.OrganisationKind
	path string
}

func (a *api) addOrganisations() {
	organisations{a, hub.OrganisationBranch, "/v1/branches"}.add("Branch", "Branches", "branch of a court")
	organisations{a, hub.OrganisationOffice, "/v1/offices"}.add("Office", "Offices", "office")
}

func (o organisations) add(one, many, what string) {
	base := route{tag: "organisations", who: permitted, action: access.OrganisationWrite, payload: payloadJSON}
	create, change, get, list := base, base, base, base
	create.method, create.path, create.id, create.summary = http.MethodPost, o.path, "create"+one, "Make a new "+what
	create.creates, create.status = true, http.StatusCreated
	add(o.api, create, o.post)
	change.method, change.path, change.id, change.summary = http.MethodPatch, o.path+"/{id}", "change"+one, "Change a "+what
	change.about = "Renames, disables, or takes into use again."
	add(o.api, change, o.patch)
	get.method, get.path, get.id, get.summary = http.MethodGet, o.path+"/{id}", "get"+one, "One "+what
	get.action, get.payload = access.OrganisationRead, payloadNone
	add(o.api, get, o.get)
	list.method, list.path, list.id, list.summary = http.MethodGet, o.path, "list"+many, many+" that you may see"
	list.action, list.payload = access.OrganisationRead, payloadNone
	add(o.api, list, o.list)
	o.addFourEyes(one)
}

func (o organisations) post(ctx context.Context, in *newOrganisationIn) (*created[Organisation], error) {
	n, err := in.Body.take()
	if err != nil {
		return nil, err
	}
	made, err := o.api.deps.Enroller.CreateOrganisation(ctx, caller(ctx),
		hub.Organisation{Kind: o.kind, Code: n.Code, Name: n.Name, Province: n.Province})
	if err != nil {
		return nil, err
	}
	return createdAt(o.path+"/"+made.ID.String(), viewOrganisation(made)), nil
}

// find gives the organisation, if it is of this kind: a branch is not found among offices.
func (o organisations) find(ctx context.Context, in PathID) (hub.Organisation, error) {
	id, err := in.id()
	if err != nil {
		return hub.Organisation{}, err
	}
	found, err := o.api.deps.Enroller.Organisation(ctx, caller(ctx), id)
	if err == nil && found.Kind != o.kind {
		return hub.Organisation{}, hub.ErrNotFound
	}
	return found, err
}

func (o organisations) get(ctx context.Context, in *PathID) (*answer[Organisation], error) {
	found, err := o.find(ctx, *in)
	if err != nil {
		return nil, err
	}
	return &answer[Organisation]{viewOrganisation(found)}, nil
}

func (o organisations) list(ctx context.Context, in *PageQuery) (*answer[Page[Organisation]], error) {
	after, err := in.afterID()
	if err != nil {
		return nil, err
	}
	list, next, err := o.api.deps.Enroller.Organisations(ctx, caller(ctx),
		enrol.OrganisationQuery{Kind: o.kind, After: after, Limit: in.limit()})
	if err != nil {
		return nil, err
	}
	return pageOf(list, idText(next), viewOrganisation), nil
}

func (o organisations) patch(ctx context.Context, in *changeOrganisationIn) (*answer[Organisation], error) {
	found, err := o.find(ctx, in.PathID)
	if err != nil {
		return nil, err
	}
	c, err := in.Body.take()
	if err != nil {
		return nil, err
	}
	changed, err := o.api.deps.Enroller.ChangeOrganisation(ctx, caller(ctx), found.ID, enrol.OrganisationPatch(c))
	if err != nil {
		return nil, err
	}
	return &answer[Organisation]{viewOrganisation(changed)}, nil
}
