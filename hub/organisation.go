package hub

import "time"

// OrganisationKind tells a court's branch (شعبه) from an electronic judicial service office (دفتر خدمات).
type OrganisationKind string

// The kinds of organisation.
const (
	OrganisationBranch OrganisationKind = "branch"
	OrganisationOffice OrganisationKind = "office"
)

// Organisation is a branch or an office. Both can be submitters.
type Organisation struct {
	ID         ID
	Kind       OrganisationKind
	Code       string // the judiciary's code of it, unique per kind
	Name       string
	Province   string
	CreatedAt  time.Time
	DisabledAt time.Time // zero: in use

	FourEyes     bool // papers that people submit wait for another person
	FourEyesKeys bool // those of systems, too
}

// Waits reports whether a paper waits for a second pair of eyes, by who submits it.
func (o Organisation) Waits(key bool) bool {
	if key {
		return o.FourEyesKeys
	}
	return o.FourEyes
}

// Grant is one role of one person, at an organisation where the role has one.
type Grant struct {
	ID           ID
	Person       ID
	Role         Role
	Organisation ID
	CreatedAt    time.Time
	RevokedAt    time.Time // zero: in force
}
