package api

import (
	"context"
	"net/http"
	"time"

	"eblagh/hub"
	"eblagh/hub/access"
	"eblagh/hub/retention"
)

// LegalHolds keeps papers from being erased. *retention.Keeper implements it.
type LegalHolds interface {
	Place(ctx context.Context, p access.Principal, matter, notice hub.ID, reason string) (retention.Hold, error)
	Lift(ctx context.Context, p access.Principal, matter, hold hub.ID) error
	Holds(ctx context.Context, p access.Principal, matter hub.ID) ([]retention.Hold, error)
}

// NewLegalHold is the body of POST /v1/cases/{id}/legal-holds.
type NewLegalHold struct {
	NoticeID hub.ID `json:"notice_id,omitzero" format:"uuid" doc:"one paper of the case; every one when not given"`
	Reason   string `json:"reason" minLength:"1" maxLength:"500" doc:"for colleagues; nothing about people"`
}

// LegalHold keeps the papers of a case, or one of them, from being erased.
type LegalHold struct {
	ID       string     `json:"id" format:"uuid"`
	CaseID   string     `json:"case_id" format:"uuid"`
	NoticeID string     `json:"notice_id,omitempty" format:"uuid"`
	Reason   string     `json:"reason"`
	PlacedBy string     `json:"placed_by" format:"uuid" doc:"person or key"`
	PlacedAt time.Time  `json:"placed_at"`
	LiftedBy string     `json:"lifted_by,omitempty" format:"uuid"`
	LiftedAt *time.Time `json:"lifted_at,omitempty" doc:"in force when not given"`
}

func viewLegalHold(h retention.Hold) LegalHold {
	return LegalHold{h.ID.String(), h.Case.String(), idText(h.Notice), h.Reason, h.PlacedBy.String(), h.PlacedAt.UTC(),
		idText(h.LiftedBy), moment(h.LiftedAt)}
}

type newLegalHoldIn struct {
	PathID
	Body Body[NewLegalHold]
}

type legalHoldPath struct {
	PathID
	HoldID string `path:"hold_id"`
}

func (a *api) addLegalHolds() {
	add(a, route{
		method: http.MethodPost, path: "/v1/cases/{id}/legal-holds", id: "placeLegalHold", tag: "cases", who: permitted,
		action: access.LegalHoldPlace, payload: payloadJSON, creates: true, status: http.StatusCreated,
		summary: "Keep the papers of a case from being erased",
		about:   "While a hold is in force, nothing that it covers is erased, whoever asks and whatever the time for which papers are kept.",
	}, a.postLegalHold)
	add(a, route{
		method: http.MethodGet, path: "/v1/cases/{id}/legal-holds", id: "listLegalHolds", tag: "cases", who: permitted,
		action: access.LegalHoldRead, summary: "The legal holds on a case, newest first, lifted ones too",
	}, a.listLegalHolds)
	add(a, route{
		method: http.MethodDelete, path: "/v1/cases/{id}/legal-holds/{hold_id}", id: "liftLegalHold", tag: "cases", who: permitted,
		action: access.LegalHoldLift, status: http.StatusNoContent, summary: "Lift a legal hold", refuses: []hub.Code{hub.CodeWrongState},
		about: "For the judges of the branch. The hold stays on record, with who lifted it.",
	}, a.deleteLegalHold)
}

func (a *api) postLegalHold(ctx context.Context, in *newLegalHoldIn) (*answer[LegalHold], error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	n, err := in.Body.take()
	if err != nil {
		return nil, err
	}
	hold, err := a.deps.LegalHolds.Place(ctx, caller(ctx), id, n.NoticeID, n.Reason)
	if err != nil {
		return nil, err
	}
	return &answer[LegalHold]{viewLegalHold(hold)}, nil
}

func (a *api) listLegalHolds(ctx context.Context, in *PathID) (*answer[Page[LegalHold]], error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	list, err := a.deps.LegalHolds.Holds(ctx, caller(ctx), id)
	if err != nil {
		return nil, err
	}
	return pageOf(list, "", viewLegalHold), nil
}

func (a *api) deleteLegalHold(ctx context.Context, in *legalHoldPath) (*empty, error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	hold, err := readID(in.HoldID)
	if err != nil {
		return nil, err
	}
	return nil, a.deps.LegalHolds.Lift(ctx, caller(ctx), id, hold)
}
