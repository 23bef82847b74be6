package access

import "eblagh/hub"

// Action is what a principal wants to do.
type Action string

// The actions.
const (
	RecipientEnrol    Action = "recipient.enrol"
	RecipientRead     Action = "recipient.read" // and look up
	RecipientChange   Action = "recipient.change"
	OrganisationRead  Action = "organisation.read"
	OrganisationWrite Action = "organisation.write"
	StaffWrite        Action = "staff.write"
	DocumentUpload    Action = "document.upload"
	NoticeSubmit      Action = "notice.submit"
	NoticeRead        Action = "notice.read"
	ReceiptRead       Action = "receipt.read"
	InboxRead         Action = "inbox.read" // covers, and what was opened; live too
	InboxOpen         Action = "inbox.open"
	DocumentRead      Action = "document.read" // the bytes, by the addressee after opening
	LanesRead         Action = "lanes.read"
	Operate           Action = "operations.write" // replay what died, hold and release
)

// Actions lists every action.
var Actions = []Action{
	RecipientEnrol, RecipientRead, RecipientChange, OrganisationRead, OrganisationWrite, StaffWrite, DocumentUpload,
	NoticeSubmit, NoticeRead, ReceiptRead, InboxRead, InboxOpen, DocumentRead, LanesRead, Operate,
}

// Relation is how the principal stands to the object.
type Relation string

// The relations.
const (
	Any       Relation = "any"       // no relation is needed
	Addressee Relation = "addressee" // the object is the principal's own, or addressed to them
	Same      Relation = "same"      // the object belongs to the organisation of the role
)

// rule says that a role may do an action on objects in a relation; a key needs the scope as well. An empty scope means
// that no key may.
type rule struct {
	role     hub.Role
	action   Action
	relation Relation
	scope    Scope
}

// policy is the whole of who may do what. What is not here is refused.
var policy = []rule{
	{hub.RoleCitizen, RecipientRead, Addressee, ""},
	{hub.RoleCitizen, RecipientChange, Addressee, ""},
	{hub.RoleCitizen, InboxRead, Addressee, ""},
	{hub.RoleCitizen, InboxOpen, Addressee, ""},
	{hub.RoleCitizen, DocumentRead, Addressee, ""},
	{hub.RoleCitizen, ReceiptRead, Addressee, ""},

	{hub.RoleCourtClerk, RecipientRead, Any, ScopeRecipientsRead},
	{hub.RoleCourtClerk, OrganisationRead, Same, ScopeNoticesRead},
	{hub.RoleCourtClerk, DocumentUpload, Same, ScopeDocumentsWrite},
	{hub.RoleCourtClerk, NoticeSubmit, Same, ScopeNoticesWrite},
	{hub.RoleCourtClerk, NoticeRead, Same, ScopeNoticesRead},
	{hub.RoleCourtClerk, ReceiptRead, Same, ScopeReceiptsRead},

	{hub.RoleOfficeClerk, RecipientEnrol, Any, ScopeRecipientsWrite},
	{hub.RoleOfficeClerk, RecipientRead, Any, ScopeRecipientsRead},
	{hub.RoleOfficeClerk, RecipientChange, Any, ScopeRecipientsWrite},
	{hub.RoleOfficeClerk, OrganisationRead, Same, ScopeRecipientsRead},
	{hub.RoleOfficeClerk, DocumentUpload, Same, ScopeDocumentsWrite},
	{hub.RoleOfficeClerk, NoticeSubmit, Same, ScopeNoticesWrite},
	{hub.RoleOfficeClerk, NoticeRead, Same, ScopeNoticesRead},
	{hub.RoleOfficeClerk, ReceiptRead, Same, ScopeReceiptsRead},

	{hub.RoleServiceOfficer, OrganisationRead, Same, ""},

	{hub.RoleOperator, LanesRead, Any, ScopeOperationsWrite},
	{hub.RoleOperator, Operate, Any, ScopeOperationsWrite},

	{hub.RoleAuditor, ReceiptRead, Any, ScopeAuditRead},
	{hub.RoleAuditor, LanesRead, Any, ScopeAuditRead},

	{hub.RoleAdmin, OrganisationRead, Any, ScopeOrganisationsWrite},
	{hub.RoleAdmin, OrganisationWrite, Any, ScopeOrganisationsWrite},
	{hub.RoleAdmin, StaffWrite, Any, ScopeOrganisationsWrite},
	{hub.RoleAdmin, RecipientRead, Any, ScopeRecipientsRead},
	{hub.RoleAdmin, RecipientEnrol, Any, ScopeRecipientsWrite},
	{hub.RoleAdmin, RecipientChange, Any, ScopeRecipientsWrite},
	{hub.RoleAdmin, LanesRead, Any, ScopeOperationsWrite},
}

// ScopesOf lists every scope that a key in a role can have.
func ScopesOf(role hub.Role) []Scope {
	var out []Scope
	for _, s := range Scopes {
		for _, r := range policy {
			if r.role == role && r.scope == s {
				out = append(out, s)
				break
			}
		}
	}
	return out
}

// ScopesFor lists the scopes one of which a key needs for an action; none means that no key may do it.
func ScopesFor(action Action) []Scope {
	var out []Scope
	for _, s := range Scopes {
		for _, r := range policy {
			if r.action == action && r.scope == s {
				out = append(out, s)
				break
			}
		}
	}
	return out
}
