package api

import (
	"context"
	"net/http"
	"time"

	"eblagh/hub"
	"eblagh/hub/access"
	"eblagh/hub/enrol"
)

// Representatives keeps who acts for legal persons. *enrol.Enroller implements it.
type Representatives interface {
	Representatives(ctx context.Context, p access.Principal, legalPerson hub.ID) ([]hub.Representative, error)
	Appoint(ctx context.Context, p access.Principal, n enrol.NewRepresentative) (hub.Representative, error)
	Dismiss(ctx context.Context, p access.Principal, legalPerson, id hub.ID) error
}

// NewRepresentative is the body of POST /v1/recipients/{id}/representatives.
type NewRepresentative struct {
	NationalID string    `json:"national_id"`
	Mobile     string    `json:"mobile,omitempty" doc:"that of the person; an owner must give it, an office may"`
	Role       hub.Role  `json:"role" enum:"owner,manager,reader" doc:"owner: opens, and appoints others; manager: opens on behalf of the legal person; reader: reads what was opened"`
	Until      time.Time `json:"until,omitzero" doc:"when the term ends; open when not given"`
}

// Representative is somebody who acts, or acted, for a legal person.
type Representative struct {
	ID        string     `json:"id" format:"uuid"`
	PersonID  string     `json:"person_id" format:"uuid"`
	Name      string     `json:"name,omitempty"`
	Role      string     `json:"role" enum:"owner,manager,reader"`
	CreatedAt time.Time  `json:"created_at"`
	Until     *time.Time `json:"until,omitempty"`
	EndedAt   *time.Time `json:"ended_at,omitempty"`
}

func viewRepresentative(r hub.Representative) Representative {
	return Representative{r.ID.String(), r.Person.String(), r.Name, string(r.Role), r.CreatedAt.UTC(), moment(r.Until), moment(r.EndedAt)}
}

type newRepresentativeIn struct {
	PathID
	Body Body[NewRepresentative]
}

type representativePath struct {
	PathID
	RepresentativeID string `path:"representative_id"`
}

func (a *api) addRepresentatives() {
	add(a, route{
		method: http.MethodGet, path: "/v1/recipients/{id}/representatives", id: "listRepresentatives", tag: "recipients",
		who: permitted, action: access.RepresentativeRead, summary: "Who acts for a legal person, and who did",
		about: "Those in force first, at most 200.",
	}, a.listRepresentatives)
	add(a, route{
		method: http.MethodPost, path: "/v1/recipients/{id}/representatives", id: "appointRepresentative", tag: "recipients",
		who: permitted, action: access.RepresentativeWrite, payload: payloadJSON, creates: true, status: http.StatusCreated,
		summary: "Appoint somebody to act for a legal person", refuses: []hub.Code{hub.CodeWrongState},
		about: "By an owner who acts for it, or at an office. They act by sending its id as `Acting-For`. From the first owner or manager with an active account on, the legal person does not sign in by itself any more.",
	}, a.postRepresentative)
	add(a, route{
		method: http.MethodDelete, path: "/v1/recipients/{id}/representatives/{representative_id}", id: "endRepresentative",
		tag: "recipients", who: permitted, action: access.RepresentativeWrite, status: http.StatusNoContent,
		summary: "End a representative", about: "At once, on open live connections too. The last owner without a term stays.", refuses: []hub.Code{hub.CodeWrongState},
	}, a.deleteRepresentative)
}

func (a *api) listRepresentatives(ctx context.Context, in *PathID) (*answer[Page[Representative]], error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	list, err := a.deps.Enroller.Representatives(ctx, caller(ctx), id)
	if err != nil {
		return nil, err
	}
	return pageOf(list, "", viewRepresentative), nil
}

func (a *api) postRepresentative(ctx context.Context, in *newRepresentativeIn) (*answer[Representative], error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	n, err := in.Body.take()
	if err != nil {
		return nil, err
	}
	made, err := a.deps.Enroller.Appoint(ctx, caller(ctx), enrol.NewRepresentative{LegalPerson: id, NationalID: n.NationalID,
		Mobile: n.Mobile, Role: n.Role, Until: n.Until})
	if err != nil {
		return nil, err
	}
	return &answer[Representative]{viewRepresentative(made)}, nil
}

func (a *api) deleteRepresentative(ctx context.Context, in *representativePath) (*empty, error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	representative, err := readID(in.RepresentativeID)
	if err != nil {
		return nil, err
	}
	return nil, a.deps.Enroller.Dismiss(ctx, caller(ctx), id, representative)
}
