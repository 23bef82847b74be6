package hub

import (
	"slices"
	"time"
)

// PersonKind tells natural from legal persons.
type PersonKind string

// The kinds of person.
const (
	PersonNatural PersonKind = "natural"
	PersonLegal   PersonKind = "legal"
)

// Residence decides time limits: abroad means two months for each (CPC 446).
type Residence string

// The residences.
const (
	ResidenceDomestic Residence = "domestic"
	ResidenceAbroad   Residence = "abroad"
)

// Recipient is a person who can be served. There is one person per national id; roles are grants on it.
type Recipient struct {
	ID          ID
	Kind        PersonKind
	NationalID  NationalID
	GivenName   string // natural persons
	FamilyName  string // natural persons
	Name        string // legal persons
	Contact     Contact
	Residence   Residence
	Language    string    // fa or en
	TimeZone    string    // of the tz database: quiet hours are by this clock
	ActivatedAt time.Time // zero: not yet enrolled
	CreatedAt   time.Time
}

// HomeZone is the time zone of people who named none.
const HomeZone = "Asia/Tehran"

// FullName is the name to show.
func (r Recipient) FullName() string {
	if r.Kind == PersonLegal {
		return r.Name
	}
	return r.GivenName + " " + r.FamilyName
}

// Contact is how to reach a person. Each change makes a new row; the former ones are the history.
type Contact struct {
	Mobile  Mobile
	Email   string
	Address string
	Since   time.Time
}

// Role is what a person may act as; citizen is every enrolled person, representatives are appointed by their legal
// person, the others are granted.
type Role string

// The roles.
const (
	RoleCitizen        Role = "citizen"
	RoleOwner          Role = "owner"   // of a legal person's account: opens, and appoints others
	RoleManager        Role = "manager" // or signatory: opens on behalf of the legal person (CPC 76)
	RoleReader         Role = "reader"  // reads what was opened
	RoleLawyer         Role = "lawyer"
	RoleCourtClerk     Role = "court_clerk"
	RoleJudge          Role = "judge"
	RoleOfficeClerk    Role = "office_clerk"
	RoleOfficeManager  Role = "office_manager"
	RoleServiceOfficer Role = "service_officer"
	RoleOperator       Role = "operator"
	RoleAuditor        Role = "auditor"
	RoleAdmin          Role = "admin"
)

// GrantedRoles lists the roles that an admin can grant.
var GrantedRoles = []Role{
	RoleLawyer, RoleCourtClerk, RoleJudge, RoleOfficeClerk, RoleOfficeManager, RoleServiceOfficer, RoleOperator,
	RoleAuditor, RoleAdmin,
}

// RepresentativeRoles lists the roles in which somebody acts for a legal person.
var RepresentativeRoles = []Role{RoleOwner, RoleManager, RoleReader}

// Staff reports whether the role is one of the desks, whose holders sign in with a second factor. A role that is added
// is staff until it is said here that it is not.
func (r Role) Staff() bool {
	return r != RoleCitizen && r != RoleLawyer && !slices.Contains(RepresentativeRoles, r)
}

// Organisation gives the kind of organisation that a role belongs to, "" for none.
func (r Role) Organisation() OrganisationKind {
	switch r {
	case RoleCourtClerk, RoleJudge, RoleServiceOfficer:
		return OrganisationBranch
	case RoleOfficeClerk, RoleOfficeManager:
		return OrganisationOffice
	}
	return ""
}
