package enrol

import (
	"context"

	"eblagh/hub"
	"eblagh/hub/access"
)

// PersonPrincipal is a person as a principal, with the roles they hold now and whom they may act for: a grant revoked, or at an organisation that
// is disabled, is none. The caller adds the session. Errors: unauthorized when there is no such person, or they are not
// enrolled.
func (e *Enroller) PersonPrincipal(ctx context.Context, person hub.ID) (access.Principal, error) {
	grants, mandates, known, err := e.store.OpenGrants(ctx, person)
	if err != nil {
		return access.Principal{}, err
	}
	if !known {
		return access.Principal{}, hub.Refuse(hub.CodeUnauthorized, "sign in again")
	}
	return access.Principal{Kind: access.Person, ID: person, Grants: grants, Mandates: mandates, Port: e.access}, nil
}
