package api

import (
	"context"
	"net/http"

	"eblagh/hub"
	"eblagh/hub/access"
	"eblagh/hub/reading"
)

// HeldAttorney is a power of attorney of the caller.
type HeldAttorney struct {
	Attorney      Attorney      `json:"attorney"`
	CaseNumber    string        `json:"case_number" doc:"as it was typed"`
	ArchiveNumber string        `json:"archive_number,omitempty"`
	Branch        hub.BranchRef `json:"branch"`
	ClientName    string        `json:"client_name"`
	Reference     string        `json:"reference,omitempty" doc:"what the caller calls the case"`
	InForce       bool          `json:"in_force"`
	Newest        *hub.Cover    `json:"newest,omitempty" doc:"of what came for the client or was served on the caller for them; while in force"`
	Waiting       int           `json:"waiting" doc:"of the ten newest papers of the case, how many are not opened"`
}

// OwnReference is the body of PATCH /v1/attorneys/{id}.
type OwnReference struct {
	Reference string `json:"reference" doc:"what you call the case, at most 100 characters; empty takes it away"`
}

type heldQuery struct {
	PageQuery
	State string `query:"state" enum:"in_force,over,all" doc:"all when not given"`
}

type ownReferenceIn struct {
	PathID
	Body Body[OwnReference]
}

func viewHeld(h reading.Held) HeldAttorney {
	return HeldAttorney{Attorney: viewAttorney(h.Attorney), CaseNumber: h.Case.Number, ArchiveNumber: h.Case.ArchiveNumber,
		Branch: hub.BranchRef{ID: h.Branch.ID, Name: h.Branch.Name}, ClientName: h.Client, Reference: h.Reference,
		InForce: h.InForce, Newest: h.Newest, Waiting: h.Waiting}
}

func (a *api) addHeld() {
	add(a, route{
		method: http.MethodGet, path: "/v1/attorneys", id: "listOwnAttorneys", tag: "cases", who: permitted,
		action: access.AttorneyHold, summary: "The powers of attorney that the caller holds or held, newest first",
		about: "Those that ended show what they say on themselves, and nothing of what came in the case.",
	}, a.listHeld)
	add(a, route{
		method: http.MethodPatch, path: "/v1/attorneys/{id}", id: "noteReference", tag: "cases", who: permitted,
		action: access.AttorneyHold, payload: payloadJSON, status: http.StatusNoContent,
		summary: "Keep one's own reference for the case of a power of attorney", about: "Nobody else sees it.",
	}, a.patchAttorney)
}

func (a *api) listHeld(ctx context.Context, in *heldQuery) (*answer[Page[HeldAttorney]], error) {
	page, err := a.deps.Reader.Held(ctx, caller(ctx), reading.HeldQuery{State: reading.HeldState(in.State), After: in.After,
		Limit: in.limit()})
	if err != nil {
		return nil, inQuery(err)
	}
	return pageOf(page.Items, page.Next, viewHeld), nil
}

func (a *api) patchAttorney(ctx context.Context, in *ownReferenceIn) (*empty, error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	n, err := in.Body.take()
	if err != nil {
		return nil, err
	}
	return nil, a.deps.Enroller.NoteReference(ctx, caller(ctx), id, n.Reference)
}
