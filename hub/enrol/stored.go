package enrol

import (
	"time"

	"eblagh/hub"
	"eblagh/hub/access"
	"eblagh/hub/vault"
)

// StoredPerson is a person as the store has them: whatever is personal is ciphertext.
type StoredPerson struct {
	ID          hub.ID
	Kind        hub.PersonKind
	NationalID  []byte
	GivenName   []byte
	FamilyName  []byte
	Name        []byte
	Residence   hub.Residence
	Language    string
	TimeZone    string
	ActivatedAt time.Time
	CreatedAt   time.Time
	Contact     StoredContact // zero when the reader may not see it
}

// StoredContact is a contact as the store has it.
type StoredContact struct {
	Mobile    []byte
	Email     []byte
	Address   []byte
	ChangedBy hub.ID
	Since     time.Time
	Until     time.Time // zero: in force
}

// NewPerson is all that is kept when somebody is enrolled.
type NewPerson struct {
	Person          StoredPerson // Contact is not read
	NationalIDIndex vault.Blind
	EnrolledBy      hub.ID // the office, zero for admins
	Contact         ContactEdit
	Activation      Challenge
	Grant           hub.Grant // zero ID: none
	Represented     Represented
}

// Represented says who acts for a legal person; the zero ID says nobody yet.
type Represented struct {
	ID     hub.ID
	Person hub.ID
	Role   string
}

// ContactEdit is a change of contact. What is not set stays as it was.
type ContactEdit struct {
	ID          hub.ID
	Person      hub.ID
	ChangedBy   hub.ID
	SetMobile   bool
	Mobile      []byte
	MobileIndex vault.Blind
	SetEmail    bool
	Email       []byte
	SetAddress  bool
	Address     []byte
	TimeZone    string // of the person, not of the contact; empty: as it was
}

// Challenge is one code to be proved.
type Challenge struct {
	ID          hub.ID
	Purpose     hub.Purpose
	Person      hub.ID // zero: nobody we know
	Mobile      []byte // sealed; nil: nothing is sent
	Payload     []byte // sealed
	PassedFirst bool
	After       hub.ID   // the challenge that was met before this one; zero: none
	Delivery    hub.ID   // zero: nothing is sent
	Subject     []byte   // sign-in: blind index of the national id that was typed
	Charges     []Charge // what the text is counted in
}

// Asked is what a challenge asks, and of whom.
type Asked struct {
	Purpose hub.Purpose
	Person  hub.ID // zero: nobody we know
	Subject []byte
	Known   bool // the person has signed in from the device before
}

// StoredFactor is a second factor as the store has it.
type StoredFactor struct {
	Secret      []byte // sealed
	LastStep    int64  // codes of steps up to it were used
	ConfirmedAt time.Time
}

// Credential is what signing in compares.
type Credential struct {
	Person       hub.ID
	PersonalCode string // argon2id; empty when not activated
	Mobile       []byte // sealed
	Known        bool   // the person has signed in from the device before

	number string // opened
}

// ActivationCode is a challenge to activate or to recover, and whose.
type ActivationCode struct {
	Challenge hub.ID
	Purpose   hub.Purpose
	Person    hub.ID
	Mobile    []byte // sealed, of the contact in force
}

// Spend is one try of a code.
type Spend struct {
	Challenge hub.ID
	Purpose   hub.Purpose
	Person    hub.ID // whose it must be; zero: anybody's
	Right     bool   // the code was right

	Step     int64        // the time step whose code of the second factor was given; 0: none
	Recovery []byte       // hash of the recovery code that was given instead; nil: none
	Activate string       // argon2id of the personal code to begin with; empty: none
	Told     Challenge    // recovery: what tells the person that it is done
	Contact  *ContactEdit // the contact to begin with
}

// StoredKey is an API key as the store has it.
type StoredKey struct {
	ID           hub.ID
	Hash         []byte
	Name         string
	Role         hub.Role
	Organisation hub.ID
	Mode         string
	Scopes       []access.Scope
	ExpiresAt    time.Time
}
