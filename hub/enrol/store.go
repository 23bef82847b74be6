package enrol

import (
	"context"
	"time"

	"eblagh/hub"
	"eblagh/hub/access"
)

// Store is all that an Enroller keeps. Reads that take a principal run under row-level security as that principal, and
// record the look in the same transaction. Writes are one transaction each: done whole or not at all. Errors of all:
// *hub.Error, or a fault.
type Store interface {
	OrganisationStore
	StaffStore
	RecipientStore
	ContactStore
	CodeStore
	KeyStore
	AttorneyStore
	RepresentativeStore
}

// OrganisationStore keeps branches and offices.
type OrganisationStore interface {
	// AddOrganisation errors: validation when the code is taken.
	AddOrganisation(ctx context.Context, o hub.Organisation) (hub.Organisation, error)
	// Organisation errors: not-found.
	Organisation(ctx context.Context, p access.Principal, id hub.ID) (hub.Organisation, error)
	// Organisations gives at most q.Limit of them after q.After, in the order they were made. only nil: any.
	Organisations(ctx context.Context, p access.Principal, q OrganisationQuery, only []hub.ID) ([]hub.Organisation, error)
	// ChangeOrganisation errors: not-found.
	ChangeOrganisation(ctx context.Context, id hub.ID, patch OrganisationPatch) (hub.Organisation, error)
}

// StaffStore keeps who may act as what.
type StaffStore interface {
	// AddGrant errors: wrong-state when the person holds that role there already.
	AddGrant(ctx context.Context, g hub.Grant) (hub.Grant, error)
	// Grant errors: not-found.
	Grant(ctx context.Context, p access.Principal, id hub.ID) (hub.Grant, error)
	// RevokeGrant does nothing to a grant revoked before. Errors: not-found.
	RevokeGrant(ctx context.Context, id hub.ID) (hub.Grant, error)
	// OpenGrants lists what an activated person may act as now: not revoked, at organisations in use; and whom they may act
	// for. known is false
	// when there is no such person or they are not activated.
	OpenGrants(ctx context.Context, person hub.ID) (grants []access.Grant, mandates []access.Mandate, known bool, err error)
}

// RecipientStore keeps persons.
type RecipientStore interface {
	// AddPerson keeps a person with contact, the code to activate with, and a grant or representative if there is one.
	// Errors: already-enrolled when there is a person with that national id.
	AddPerson(ctx context.Context, n NewPerson) (StoredPerson, error)
	// PersonID finds a person by the blind index of the national id, past row-level security: it decides nothing and
	// shows nothing. The zero ID: there is none.
	PersonID(ctx context.Context, nationalIDIndex []byte) (hub.ID, hub.PersonKind, error)
	// Person errors: not-found, also for one that the principal may not see.
	Person(ctx context.Context, p access.Principal, id hub.ID, look access.Look) (StoredPerson, error)
	// NoteLook records a look that found nothing.
	NoteLook(ctx context.Context, p access.Principal, look access.Look) error
}

// ContactStore keeps how people are reached, and how they were.
type ContactStore interface {
	// ChangeContact ends the contact in force and begins the next. Errors: not-found.
	ChangeContact(ctx context.Context, edit ContactEdit) error
	// Contacts lists the newest first, at most limit. Errors: not-found.
	Contacts(ctx context.Context, p access.Principal, person hub.ID, limit int, look access.Look) ([]StoredContact, error)
}

// CodeStore keeps challenges. A code leaves with the transaction that makes its challenge.
type CodeStore interface {
	// IssueCode keeps the challenge and, unless c.Delivery is zero, the delivery that carries its code, ending former
	// open challenges for an activation or a change of contact. Once the person has had limit codes within the span,
	// nothing is sent and the challenge can never be met. Whenever nothing is sent, failed is recorded.
	IssueCode(ctx context.Context, c Challenge, limit int, span time.Duration, failed hub.Incident) (sent bool, err error)
	// Credential finds what signing in compares. All is zero when there is nobody.
	Credential(ctx context.Context, nationalIDIndex []byte) (Credential, error)
	// ActivationCode finds the newest activation challenge that can still be met. All is zero when there is none.
	ActivationCode(ctx context.Context, nationalIDIndex []byte) (ActivationCode, error)
	// ContactPayload gives the sealed payload of a person's own challenge to change contact, nil when there is none.
	ContactPayload(ctx context.Context, challenge, person hub.ID) ([]byte, error)
	// Spend uses a challenge up, once over all processes, with the effects it names in the same transaction; or counts
	// a failed try. ok is false when the code was wrong or the challenge cannot be met any more: failed is recorded.
	Spend(ctx context.Context, s Spend, failed hub.Incident) (person hub.ID, ok bool, err error)
}

// KeyStore keeps API keys by their SHA-256.
type KeyStore interface {
	AddKey(ctx context.Context, k StoredKey) error
	// Key gives a key in force, of an organisation in use, and notes its use at most once a minute. Errors: not-found.
	Key(ctx context.Context, hash []byte) (StoredKey, error)
	// ListKeys gives every key ever made, newest first, without its hash.
	ListKeys(ctx context.Context) ([]ListedKey, error)
	// RevokeKey errors: not-found.
	RevokeKey(ctx context.Context, id hub.ID) error
}

// AttorneyStore keeps who is counsel of whom.
type AttorneyStore interface {
	// CaseOrganisations lists the organisations of the principal that a case belongs to: its branch, and who handed in
	// papers of it. None when there is no such case.
	CaseOrganisations(ctx context.Context, p access.Principal, matter hub.ID) ([]hub.ID, error)
	// AddAttorney registers, and ends what is replaced, with their receipts. Errors: validation for people who are not
	// there and for what cannot be replaced; wrong-state when the lawyer is counsel of the client there already.
	AddAttorney(ctx context.Context, h Handover) (hub.Attorney, error)
	// EndAttorney errors: not-found, also when it has ended.
	EndAttorney(ctx context.Context, e Ending) error
}
