package enrol

import (
	"context"
	"strings"

	"eblagh/hub"
	"eblagh/hub/access"
)

// IdentityStore keeps who people are at the identity provider outside.
type IdentityStore interface {
	// IdentityOf gives a person's identity in force. Errors: not-found.
	IdentityOf(ctx context.Context, person hub.ID) (hub.Identity, error)
	// BindIdentity puts an identity in the place of the one before, which it ends as UnbindIdentity does; the same one again
	// changes nothing. Errors: validation when it is another person's.
	BindIdentity(ctx context.Context, i hub.Identity, subject []byte) (hub.Identity, error)
	// UnbindIdentity ends a person's identity, their sessions, and what is on its way by it. Errors: not-found.
	UnbindIdentity(ctx context.Context, person, by hub.ID) error
	// Bound finds whose identity in force a subject is, and whether they have signed in from the device. All is zero when it
	// is nobody's.
	Bound(ctx context.Context, subject []byte, device hub.ID) (Bound, error)
	// AskBound keeps a challenge that an identity stands before, unless that has ended by then: false.
	AskBound(ctx context.Context, c Challenge, subject []byte) (bool, error)
}

// longestSubject is what a provider's subject may have at most (OpenID Connect Core §2).
const longestSubject = 255

// Identity gives who the holder of a grant is at the provider. Errors: not-found, forbidden, unauthorized.
func (e *Enroller) Identity(ctx context.Context, p access.Principal, grant hub.ID) (hub.Identity, error) {
	g, err := e.Staff(ctx, p, grant)
	if err != nil {
		return hub.Identity{}, err
	}
	return e.store.IdentityOf(ctx, g.Person)
}

// BindIdentity says who the holder of a grant is at the provider, from now on. Nobody does it for themselves: who could
// would be let in by a provider that nobody else vouched for. Errors: validation; wrong-state for who is no staff, for a
// role taken away, and where there is no provider; not-found, forbidden, unauthorized.
func (e *Enroller) BindIdentity(ctx context.Context, p access.Principal, grant hub.ID, subject string) (hub.Identity, error) {
	g, err := e.Staff(ctx, p, grant)
	if err != nil {
		return hub.Identity{}, err
	}
	switch {
	case p.PersonID() == g.Person:
		return hub.Identity{}, hub.Refuse(hub.CodeForbidden, "another admin has to do this")
	case e.issuer == "":
		return hub.Identity{}, hub.Refuse(hub.CodeWrongState, "this instance has no identity provider: sign_in.oidc is not set")
	case !g.Role.Staff() || !g.RevokedAt.IsZero():
		return hub.Identity{}, hub.Refuse(hub.CodeWrongState, "only staff sign in through the identity provider, while they hold the role")
	}
	if err := checkSubject(subject); err != nil {
		return hub.Identity{}, err
	}
	kept, err := e.store.BindIdentity(ctx, hub.Identity{ID: e.newID(), Issuer: e.issuer, Person: g.Person, BoundBy: p.ID},
		e.subjectKey(e.issuer, subject))
	if err != nil {
		return hub.Identity{}, err
	}
	e.ended(g.Person)
	return kept, nil
}

// UnbindIdentity ends that, with every session of the person. Errors: not-found, forbidden, unauthorized.
func (e *Enroller) UnbindIdentity(ctx context.Context, p access.Principal, grant hub.ID) error {
	g, err := e.Staff(ctx, p, grant)
	if err != nil {
		return err
	}
	if err := e.store.UnbindIdentity(ctx, g.Person, p.ID); err != nil {
		return err
	}
	e.ended(g.Person)
	return nil
}

func checkSubject(subject string) error {
	var wrong hub.Problems
	switch {
	case subject == "":
		wrong.Add("/subject", "required", "say which subject the provider knows the person by")
	case len(subject) > longestSubject:
		wrong.Add("/subject", "too-long", "a subject has at most 255 characters")
	case strings.ContainsFunc(subject, func(r rune) bool { return r <= ' ' || r > '~' }):
		wrong.Add("/subject", "characters", "a subject is of printable ASCII without spaces")
	}
	return wrong.Err()
}

// subjectKey is what an identity is found by. It outlives the rotation of keys, as an index would not.
func (e *Enroller) subjectKey(issuer, subject string) []byte {
	return e.keyed(hub.ID{}, "identity\x00"+issuer+"\x00"+subject)
}
