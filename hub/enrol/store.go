package enrol

import (
	"context"
	"time"

	"eblagh/hub"
	"eblagh/hub/access"
	"eblagh/hub/vault"
)

// Store is all that an Enroller keeps. Reads that take a principal run under row-level security as that principal, and
// record the look in the same transaction. Writes are one transaction each: done whole or not at all. Those that take a
// principal run under row-level security as well: what is not the principal's to change is not-found or forbidden. Errors
// of all: *hub.Error, or a fault.
type Store interface {
	OrganisationStore
	FourEyesStore
	StaffStore
	RecipientStore
	ContactStore
	CodeStore
	TryStore
	FactorStore
	RecoveryStore
	IdentityStore
	KeyStore
	AttorneyStore
	RepresentativeStore
	ExportStore
}

// OrganisationStore keeps branches and offices.
type OrganisationStore interface {
	// AddOrganisation errors: validation when the code is taken.
	AddOrganisation(ctx context.Context, p access.Principal, o hub.Organisation) (hub.Organisation, error)
	// Organisation errors: not-found.
	Organisation(ctx context.Context, p access.Principal, id hub.ID) (hub.Organisation, error)
	// Organisations gives at most q.Limit of them after q.After, in the order they were made. only nil: any.
	Organisations(ctx context.Context, p access.Principal, q OrganisationQuery, only []hub.ID) ([]hub.Organisation, error)
	// ChangeOrganisation errors: not-found.
	ChangeOrganisation(ctx context.Context, p access.Principal, id hub.ID, patch OrganisationPatch) (hub.Organisation, error)
}

// FourEyesStore keeps which papers wait for a second pair of eyes.
type FourEyesStore interface {
	// FourEyes tells how it stands at an organisation. An easing that was asked for longer ago than within counts for
	// nothing. Errors: not-found.
	FourEyes(ctx context.Context, p access.Principal, organisation hub.ID, within time.Duration) (hub.FourEyes, error)
	// ChangeFourEyes puts a change in force, or keeps an easing until another person asks for the same within a time. What
	// was asked for and differs lapses. Errors: not-found; wrong-state for an easing while drafts wait.
	ChangeFourEyes(ctx context.Context, p access.Principal, c hub.FourEyesChange, within time.Duration) (hub.FourEyes, error)
}

// StaffStore keeps who may act as what.
type StaffStore interface {
	// Appoints asks the database whether the principal may say who acts as what, before any of it is changed past row-level
	// security. Errors: not-found.
	Appoints(ctx context.Context, p access.Principal) error
	// AddGrant errors: wrong-state when the person holds that role there already.
	AddGrant(ctx context.Context, g hub.Grant) (hub.Grant, error)
	// Grant errors: not-found.
	Grant(ctx context.Context, p access.Principal, id hub.ID) (hub.Grant, error)
	// RevokeGrant does nothing to a grant revoked before. Errors: not-found.
	RevokeGrant(ctx context.Context, id hub.ID) (hub.Grant, error)
	// OpenGrants lists what an activated person may act as now: not revoked, at organisations in use; and whom they may act
	// for. known is false when there is no such person, when they are not activated, and for a legal person for whom a
	// representative signs in.
	OpenGrants(ctx context.Context, person hub.ID) (grants []access.Grant, mandates []access.Mandate, known bool, err error)
}

// RecipientStore keeps persons.
type RecipientStore interface {
	// AddPerson keeps a person with contact, the code to activate with, and a grant or representative if there is one.
	// Errors: already-enrolled when there is a person with that national id.
	AddPerson(ctx context.Context, n NewPerson) (StoredPerson, error)
	// PersonID finds a person by the blind index of the national id, past row-level security: it decides nothing and
	// shows nothing. The zero ID: there is none.
	PersonID(ctx context.Context, nationalID vault.Blind) (hub.ID, hub.PersonKind, error)
	// Person errors: not-found, also for one that the principal may not see.
	Person(ctx context.Context, p access.Principal, id hub.ID, look access.Look) (StoredPerson, error)
	// NoteLook records a look that found nothing.
	NoteLook(ctx context.Context, p access.Principal, look access.Look) error
}

// ContactStore keeps how people are reached, and how they were.
type ContactStore interface {
	// Reaches asks row-level security whether the principal may know how a person is reached, before anything of theirs is
	// changed past it. Errors: not-found.
	Reaches(ctx context.Context, p access.Principal, person hub.ID) error
	// ChangeContact ends the contact in force and begins the next. Errors: not-found.
	ChangeContact(ctx context.Context, edit ContactEdit) error
	// Contacts lists the newest first, at most limit. Errors: not-found.
	Contacts(ctx context.Context, p access.Principal, person hub.ID, limit int, look access.Look) ([]StoredContact, error)
}

// CodeStore keeps challenges. A code leaves with the transaction that makes its challenge.
type CodeStore interface {
	// IssueCode keeps the challenge and, unless c.Delivery is zero, the delivery that carries its code, ending former
	// open challenges of the same purpose, those to sign in apart. When one of c.Charges has no room, nothing is sent and
	// the challenge can never be met. Whenever nothing is sent, failed is recorded.
	IssueCode(ctx context.Context, c Challenge, failed hub.Incident) (sent bool, err error)
	// AddChallenge keeps a challenge that nothing is sent for. Errors: unauthorized, when the one before it was met and ended
	// since.
	AddChallenge(ctx context.Context, c Challenge) error
	// Credential finds what signing in compares, and whether the person has signed in from the device. All is zero when
	// there is nobody; the hash is "" for a legal person for whom a representative signs in.
	Credential(ctx context.Context, nationalID vault.Blind, device hub.ID) (Credential, error)
	// Asked tells of whom a challenge asks what. All is zero when there is none.
	Asked(ctx context.Context, challenge, device hub.ID) (Asked, error)
	// PersonalCode gives the hash that a person's personal code is compared with; "" when there is none.
	PersonalCode(ctx context.Context, person hub.ID) (string, error)
	// Number gives the sealed number of a person's contact in force, nil when there is none.
	Number(ctx context.Context, person hub.ID) ([]byte, error)
	// ActivationCode finds the newest challenge to activate or to recover that can still be met. All is zero when there is none.
	ActivationCode(ctx context.Context, nationalID vault.Blind) (ActivationCode, error)
	// ContactPayload gives the sealed payload of a person's own challenge to change contact, nil when there is none.
	ContactPayload(ctx context.Context, challenge, person hub.ID) ([]byte, error)
	// Spend uses a challenge up, once over all processes, with the effects it names in the same transaction; or counts
	// a failed try. ok is false when the code was wrong or the challenge cannot be met any more: failed is recorded.
	Spend(ctx context.Context, s Spend, failed hub.Incident) (person hub.ID, ok bool, err error)
	// AddIncident records an incident by itself.
	AddIncident(ctx context.Context, i hub.Incident) error
}

// TryStore counts tries, the same for all processes and after any restart.
type TryStore interface {
	// CountTry counts one try into every bucket that t names, or into none when one that refuses has no room: then wait is
	// above zero. narrow tells that a sum had no room. Of any number at once no more get through than there is room for.
	CountTry(ctx context.Context, t Try) (wait time.Duration, narrow bool, err error)
	// Refund takes tries back that turned out to be honest.
	Refund(ctx context.Context, charges []Charge, tries int) error
	// SignedIn is Refund, and remembers the device, unless it is zero, as one the person signs in from. It keeps the
	// twenty of a person that were used last.
	SignedIn(ctx context.Context, person, device hub.ID, charges []Charge, tries int) error
}

// RecoveryStore keeps personal codes given anew.
type RecoveryStore interface {
	// BeginRecovery voids the personal code, ends the person's sessions, codes and known devices, changes the contact if
	// it is to, and sends the code and the news. Errors: rate-limited; wrong-state for who is not activated.
	BeginRecovery(ctx context.Context, r Recovery) error
}

// FactorStore keeps second factors.
type FactorStore interface {
	// SecondFactor gives a person's. All is zero when there is none.
	SecondFactor(ctx context.Context, person hub.ID) (StoredFactor, error)
	// BeginFactor keeps a secret that is not in use yet, in the place of a former one. Errors: wrong-state when one is in use.
	BeginFactor(ctx context.Context, person hub.ID, secret []byte) error
	// ConfirmFactor takes the secret into use with the step whose code was given, keeps the hashes of new recovery codes,
	// and sends told, unless its Delivery is zero. Errors: wrong-state when there is none to confirm.
	ConfirmFactor(ctx context.Context, person hub.ID, step int64, recovery [][]byte, told Challenge) error
	// RemoveFactor forgets secret and recovery codes, and sends told. Errors: wrong-state when none is in use.
	RemoveFactor(ctx context.Context, person hub.ID, told Challenge) error
}

// KeyStore keeps API keys by their SHA-256.
type KeyStore interface {
	AddKey(ctx context.Context, p access.Principal, k StoredKey) error
	// Key gives a key in force, of an organisation in use, by the hash of one of its secrets in force. ExpiresAt is when that
	// secret ends. Errors: not-found.
	Key(ctx context.Context, hash []byte) (StoredKey, error)
	// NoteKeyUses keeps when keys were last used, to the minute.
	NoteKeyUses(ctx context.Context, ids []hub.ID, at []time.Time) error
	// ListKeys gives keys that the principal may know of, newest first, without their secrets.
	ListKeys(ctx context.Context, p access.Principal, f KeyFilter) ([]ListedKey, error)
	// RotateKey adds a secret and lets those before end, in one transaction. Of several calls at once for one key, one that
	// wants an overlap may succeed. Errors: not-found; wrong-state for a key that has ended, or whose overlap still runs.
	RotateKey(ctx context.Context, p access.Principal, r Rotation) error
	// KeyPlace gives the organisation of a key, zero for none. Errors: not-found, also for one that the principal may not know
	// of.
	KeyPlace(ctx context.Context, p access.Principal, id hub.ID) (hub.ID, error)
	// RevokeKey errors: not-found.
	RevokeKey(ctx context.Context, p access.Principal, id hub.ID) error
}

// AttorneyStore keeps who is counsel of whom.
type AttorneyStore interface {
	// CaseOrganisations lists the organisations of the principal, who may keep there who is counsel, that a case belongs to:
	// its branch, and who handed in papers of it. None when there is no such case.
	CaseOrganisations(ctx context.Context, p access.Principal, matter hub.ID) ([]hub.ID, error)
	// AddAttorney registers, and ends what is replaced, with their receipts. Errors: validation for people who are not
	// there and for what cannot be replaced; wrong-state when the lawyer is counsel of the client there already.
	AddAttorney(ctx context.Context, h Handover) (hub.Attorney, error)
	// EndAttorney errors: not-found, also when it has ended.
	EndAttorney(ctx context.Context, e Ending) error
	// NoteReference keeps what a lawyer calls the case of a power of attorney of theirs. Errors: not-found.
	NoteReference(ctx context.Context, attorney, lawyer hub.ID, sealed []byte) error
}
