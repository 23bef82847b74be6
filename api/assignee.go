package api

import (
	"context"
	"net/http"
	"time"

	"eblagh/hub"
	"eblagh/hub/access"
	"eblagh/hub/retention"
)

// Assignees says who works on a restricted case. *retention.Keeper implements it.
type Assignees interface {
	Assign(ctx context.Context, p access.Principal, matter, person hub.ID) error
	Unassign(ctx context.Context, p access.Principal, matter, person hub.ID) error
	Assignees(ctx context.Context, p access.Principal, matter hub.ID) ([]retention.Assignee, error)
}

// NewAssignee is the body of POST /v1/cases/{id}/assignees.
type NewAssignee struct {
	PersonID hub.ID `json:"person_id" format:"uuid"`
}

// Assignee is somebody who works on a restricted case.
type Assignee struct {
	PersonID   string    `json:"person_id" format:"uuid"`
	AssignedBy string    `json:"assigned_by" format:"uuid" doc:"person or key"`
	AssignedAt time.Time `json:"assigned_at"`
}

func viewAssignee(a retention.Assignee) Assignee {
	return Assignee{a.Person.String(), a.AssignedBy.String(), a.AssignedAt.UTC()}
}

type newAssigneeIn struct {
	PathID
	Body Body[NewAssignee]
}

type assigneePath struct {
	PathID
	PersonID string `path:"person_id"`
}

func (a *api) addAssignees() {
	add(a, route{
		method: http.MethodPost, path: "/v1/cases/{id}/assignees", id: "assignCase", tag: "cases", who: permitted,
		action: access.CaseAssign, payload: payloadJSON, status: http.StatusNoContent,
		summary: "Have somebody work on a restricted case",
		about: "Of a restricted case (family, minors) only those people of its branch, or of an office that hands papers in, see " +
			"anything who are assigned to it, and the judges of the branch.",
	}, a.postAssignee)
	add(a, route{
		method: http.MethodGet, path: "/v1/cases/{id}/assignees", id: "listAssignees", tag: "cases", who: permitted,
		action: access.CaseAssign, summary: "Who works on a restricted case",
	}, a.listAssignees)
	add(a, route{
		method: http.MethodDelete, path: "/v1/cases/{id}/assignees/{person_id}", id: "unassignCase", tag: "cases", who: permitted,
		action: access.CaseAssign, status: http.StatusNoContent, summary: "Take somebody off a restricted case",
	}, a.deleteAssignee)
}

func (a *api) postAssignee(ctx context.Context, in *newAssigneeIn) (*empty, error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	n, err := in.Body.take()
	if err != nil {
		return nil, err
	}
	return nil, a.deps.Assignees.Assign(ctx, caller(ctx), id, n.PersonID)
}

func (a *api) listAssignees(ctx context.Context, in *PathID) (*answer[Page[Assignee]], error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	list, err := a.deps.Assignees.Assignees(ctx, caller(ctx), id)
	if err != nil {
		return nil, err
	}
	return pageOf(list, "", viewAssignee), nil
}

func (a *api) deleteAssignee(ctx context.Context, in *assigneePath) (*empty, error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	person, err := readID(in.PersonID)
	if err != nil {
		return nil, err
	}
	return nil, a.deps.Assignees.Unassign(ctx, caller(ctx), id, person)
}
