package enrol

import (
	"context"

	"eblagh/hub"
	"eblagh/hub/access"
)

// OrganisationPatch is a change of an organisation; nil stays as it was.
type OrganisationPatch struct {
	Name     *string
	Province *string
	Disabled *bool
}

// OrganisationQuery asks for a page of organisations.
type OrganisationQuery struct {
	Kind  hub.OrganisationKind // empty: both
	After hub.ID               // the last of the page before, zero for the first page
	Limit int                  // 1 to 200; else 50
}

// CreateOrganisation keeps a new branch or office. Errors: validation, forbidden, unauthorized.
func (e *Enroller) CreateOrganisation(ctx context.Context, p access.Principal, o hub.Organisation) (hub.Organisation, error) {
	if _, err := access.May(p, access.OrganisationWrite); err != nil {
		return hub.Organisation{}, err
	}
	var wrong hub.Problems
	if o.Kind != hub.OrganisationBranch && o.Kind != hub.OrganisationOffice {
		wrong.Add("/kind", "unknown", "branch or office")
	}
	o.Code = checkText(&wrong, "/code", o.Code, 50, true)
	o.Name = checkText(&wrong, "/name", o.Name, 200, true)
	o.Province = checkText(&wrong, "/province", o.Province, 100, false)
	if err := wrong.Err(); err != nil {
		return hub.Organisation{}, err
	}
	o.ID = e.newID()
	return e.store.AddOrganisation(ctx, p, o)
}

// Organisation gives one organisation. Errors: not-found, forbidden, unauthorized.
func (e *Enroller) Organisation(ctx context.Context, p access.Principal, id hub.ID) (hub.Organisation, error) {
	if _, err := access.Decide(p, access.OrganisationRead, access.Object{Organisation: id}); err != nil {
		return hub.Organisation{}, err
	}
	return e.store.Organisation(ctx, p, id)
}

// Organisations gives a page of those that the principal may see, in the order they were made, and the id to go on
// after: zero when there are no more. Errors: forbidden, unauthorized.
func (e *Enroller) Organisations(ctx context.Context, p access.Principal, q OrganisationQuery) ([]hub.Organisation, hub.ID, error) {
	if _, err := access.May(p, access.OrganisationRead); err != nil {
		return nil, hub.ID{}, err
	}
	var only []hub.ID
	if _, err := access.Decide(p, access.OrganisationRead, access.Object{}); err != nil {
		only = p.Organisations() // none of the principal's roles may see them all
	}
	if q.Limit < 1 || q.Limit > 200 {
		q.Limit = 50
	}
	ask := q
	ask.Limit++ // one more tells whether there are more
	list, err := e.store.Organisations(ctx, p, ask, only)
	if err != nil || len(list) <= q.Limit {
		return list, hub.ID{}, err
	}
	return list[:q.Limit], list[q.Limit-1].ID, nil
}

// ChangeOrganisation renames, moves, disables or enables. The staff and keys of a disabled organisation may do nothing
// for it. Errors: validation, not-found, forbidden, unauthorized.
func (e *Enroller) ChangeOrganisation(ctx context.Context, p access.Principal, id hub.ID, patch OrganisationPatch) (hub.Organisation, error) {
	if _, err := access.Decide(p, access.OrganisationWrite, access.Object{Organisation: id}); err != nil {
		return hub.Organisation{}, err
	}
	var wrong hub.Problems
	if patch.Name != nil {
		name := checkText(&wrong, "/name", *patch.Name, 200, true)
		patch.Name = &name
	}
	if patch.Province != nil {
		province := checkText(&wrong, "/province", *patch.Province, 100, false)
		patch.Province = &province
	}
	if err := wrong.Err(); err != nil {
		return hub.Organisation{}, err
	}
	return e.store.ChangeOrganisation(ctx, p, id, patch)
}
