package access

import "eblagh/hub"

// Action is what a principal wants to do.
type Action string

// The actions.
const (
	RecipientEnrol      Action = "recipient.enrol"
	RecipientRead       Action = "recipient.read" // and look up
	RecipientChange     Action = "recipient.change"
	OrganisationRead    Action = "organisation.read"
	OrganisationWrite   Action = "organisation.write"
	StaffWrite          Action = "staff.write"
	DocumentUpload      Action = "document.upload"
	NoticeSubmit        Action = "notice.submit"
	DraftRead           Action = "draft.read"
	DraftChange         Action = "draft.change" // the author's: withdraw it, submit another in its place
	DraftDecide         Action = "draft.decide" // approve, which sends it, or return
	FourEyesWrite       Action = "eyes.write"   // say which papers wait for a second person
	NoticeRead          Action = "notice.read"
	ReceiptRead         Action = "receipt.read"
	CertificateRead     Action = "certificate.read" // and have it issued
	InboxRead           Action = "inbox.read"       // covers, and what was opened; live too
	InboxOpen           Action = "inbox.open"
	DocumentRead        Action = "document.read"  // the bytes, after the addressee opened the notice
	CaseRead            Action = "case.read"      // list and item; what of its notices shows is decided for each
	AttorneyWrite       Action = "attorney.write" // register a power of attorney in a case, and end it
	AttorneyHold        Action = "attorney.hold"  // list those one holds or held, and note what one calls the case
	RepresentativeRead  Action = "representative.read"
	RepresentativeWrite Action = "representative.write" // appoint who acts for a legal person, and end it
	ExportOwn           Action = "export.own"           // have a copy of one's own data
	CaseAssign          Action = "case.assign"          // who works on a restricted case
	CaseClassify        Action = "case.classify"        // say of which kind a case is of which nobody has said it
	CaseReclassify      Action = "case.reclassify"      // say otherwise, which may lift a restriction
	LegalHoldPlace      Action = "legalhold.place"      // keep a case's papers from being erased
	LegalHoldLift       Action = "legalhold.lift"
	LegalHoldRead       Action = "legalhold.read"
	TaskWork            Action = "task.work" // an officer's: read the papers to carry, take them, return
	LanesRead           Action = "lanes.read"
	DeliveryRead        Action = "delivery.read"    // where one stands and why, without its paper
	Operate             Action = "operations.write" // replay what died, hold and release
	LooksRead           Action = "looks.read"       // who looked at one's own papers
	TrailRead           Action = "trail.read"       // who did and looked at what, all of it
	KeyRead             Action = "key.read"         // which systems have keys, and when those were used
	KeyRotate           Action = "key.rotate"       // a new secret in the place of the old one
	KeyRevoke           Action = "key.revoke"
)

// Actions lists every action.
var Actions = []Action{
	RecipientEnrol, RecipientRead, RecipientChange, OrganisationRead, OrganisationWrite, StaffWrite, DocumentUpload,
	NoticeSubmit, DraftRead, DraftChange, DraftDecide, FourEyesWrite, NoticeRead, ReceiptRead, CertificateRead, InboxRead, InboxOpen,
	DocumentRead, CaseRead, AttorneyWrite, AttorneyHold, RepresentativeRead, RepresentativeWrite, ExportOwn, CaseAssign,
	CaseClassify, CaseReclassify, LegalHoldPlace, LegalHoldLift, LegalHoldRead, TaskWork, LanesRead, DeliveryRead,
	Operate, LooksRead, TrailRead, KeyRead, KeyRotate, KeyRevoke,
}

// Relation is how the principal stands to the object.
type Relation string

// The relations.
const (
	Any          Relation = "any"
	Addressee    Relation = "addressee"
	Represented  Relation = "represented"
	Counsel      Relation = "counsel"
	CounselReads Relation = "counsel-reads"
	Same         Relation = "same"
	Author       Relation = "author"
	Colleague    Relation = "colleague"
)

// Relations lists every relation.
var Relations = []Relation{Any, Addressee, Represented, Counsel, CounselReads, Same, Author, Colleague}

// Means says in words how the principal stands to the object.
func (r Relation) Means() string {
	switch r {
	case Any:
		return "no relation is needed"
	case Addressee:
		return "the principal's own, or addressed to them"
	case Represented:
		return "that of the legal person for whom the principal acts"
	case Counsel:
		return "of a client in whose case the principal is counsel, within the term"
	case CounselReads:
		return "the same, within the scope to read, and opened by the client"
	case Same:
		return "of the organisation where the role is held"
	case Author:
		return "the same, and made by the principal"
	case Colleague:
		return "the same, and made by somebody else"
	}
	return ""
}

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
	{hub.RoleCitizen, CertificateRead, Addressee, ""},
	{hub.RoleCitizen, CaseRead, Addressee, ""},
	{hub.RoleCitizen, ExportOwn, Addressee, ""},
	{hub.RoleCitizen, LooksRead, Addressee, ""},

	{hub.RoleOwner, RecipientRead, Represented, ""},
	{hub.RoleOwner, InboxRead, Represented, ""},
	{hub.RoleOwner, InboxOpen, Represented, ""},
	{hub.RoleOwner, DocumentRead, Represented, ""},
	{hub.RoleOwner, ReceiptRead, Represented, ""},
	{hub.RoleOwner, CertificateRead, Represented, ""},
	{hub.RoleOwner, CaseRead, Represented, ""},
	{hub.RoleOwner, RepresentativeRead, Represented, ""},
	{hub.RoleOwner, RepresentativeWrite, Represented, ""},
	{hub.RoleOwner, LooksRead, Represented, ""},

	{hub.RoleManager, RecipientRead, Represented, ""},
	{hub.RoleManager, InboxRead, Represented, ""},
	{hub.RoleManager, InboxOpen, Represented, ""}, // CPC 76
	{hub.RoleManager, DocumentRead, Represented, ""},
	{hub.RoleManager, ReceiptRead, Represented, ""},
	{hub.RoleManager, CertificateRead, Represented, ""},
	{hub.RoleManager, CaseRead, Represented, ""},
	{hub.RoleManager, RepresentativeRead, Represented, ""},
	{hub.RoleManager, LooksRead, Represented, ""},

	{hub.RoleReader, RecipientRead, Represented, ""},
	{hub.RoleReader, InboxRead, Represented, ""},
	{hub.RoleReader, DocumentRead, Represented, ""},
	{hub.RoleReader, ReceiptRead, Represented, ""},
	{hub.RoleReader, CaseRead, Represented, ""},

	{hub.RoleLawyer, AttorneyHold, Addressee, ""},
	{hub.RoleLawyer, CaseRead, Counsel, ""},
	{hub.RoleLawyer, NoticeRead, CounselReads, ""},
	{hub.RoleLawyer, DocumentRead, CounselReads, ""},
	{hub.RoleLawyer, ReceiptRead, CounselReads, ""},
	{hub.RoleLawyer, CertificateRead, CounselReads, ""}, // it says what the receipts say, to whom may read them

	{hub.RoleCourtClerk, RecipientRead, Any, ScopeRecipientsRead},
	{hub.RoleCourtClerk, OrganisationRead, Same, ScopeNoticesRead},
	{hub.RoleCourtClerk, DocumentUpload, Same, ScopeDocumentsWrite},
	{hub.RoleCourtClerk, NoticeSubmit, Same, ScopeNoticesWrite},
	{hub.RoleCourtClerk, DraftRead, Same, ScopeNoticesRead},
	{hub.RoleCourtClerk, DraftChange, Author, ScopeNoticesWrite},
	{hub.RoleCourtClerk, DraftDecide, Colleague, ""},
	{hub.RoleCourtClerk, NoticeRead, Same, ScopeNoticesRead},
	{hub.RoleCourtClerk, DeliveryRead, Same, ScopeNoticesRead},
	{hub.RoleCourtClerk, ReceiptRead, Same, ScopeReceiptsRead},
	{hub.RoleCourtClerk, CertificateRead, Same, ScopeReceiptsRead},
	{hub.RoleCourtClerk, CaseRead, Same, ScopeCasesRead},
	{hub.RoleCourtClerk, AttorneyWrite, Same, ScopeCasesWrite},
	{hub.RoleCourtClerk, CaseAssign, Same, ScopeCasesWrite},
	{hub.RoleCourtClerk, CaseClassify, Same, ScopeCasesWrite},
	{hub.RoleCourtClerk, LegalHoldPlace, Same, ScopeCasesWrite},
	{hub.RoleCourtClerk, LegalHoldRead, Same, ScopeCasesRead},

	{hub.RoleJudge, OrganisationRead, Same, ""},
	{hub.RoleJudge, DraftRead, Same, ""},
	{hub.RoleJudge, DraftDecide, Colleague, ""},
	{hub.RoleJudge, FourEyesWrite, Same, ""},
	{hub.RoleJudge, NoticeRead, Same, ""},
	{hub.RoleJudge, ReceiptRead, Same, ""},
	{hub.RoleJudge, CaseRead, Same, ""},
	{hub.RoleJudge, CaseAssign, Same, ""},
	{hub.RoleJudge, CaseClassify, Same, ""},
	{hub.RoleJudge, CaseReclassify, Same, ""},
	{hub.RoleJudge, LegalHoldPlace, Same, ""},
	{hub.RoleJudge, LegalHoldLift, Same, ""},
	{hub.RoleJudge, LegalHoldRead, Same, ""},
	{hub.RoleJudge, KeyRead, Same, ""}, // the head of the branch
	{hub.RoleJudge, KeyRotate, Same, ""},
	{hub.RoleJudge, KeyRevoke, Same, ""},

	{hub.RoleOfficeClerk, RecipientEnrol, Any, ScopeRecipientsWrite},
	{hub.RoleOfficeClerk, RecipientRead, Any, ScopeRecipientsRead},
	{hub.RoleOfficeClerk, RecipientChange, Any, ScopeRecipientsWrite},
	{hub.RoleOfficeClerk, OrganisationRead, Same, ScopeRecipientsRead},
	{hub.RoleOfficeClerk, DocumentUpload, Same, ScopeDocumentsWrite},
	{hub.RoleOfficeClerk, NoticeSubmit, Same, ScopeNoticesWrite},
	{hub.RoleOfficeClerk, DraftRead, Same, ScopeNoticesRead},
	{hub.RoleOfficeClerk, DraftChange, Author, ScopeNoticesWrite},
	{hub.RoleOfficeClerk, DraftDecide, Colleague, ""},
	{hub.RoleOfficeClerk, NoticeRead, Same, ScopeNoticesRead},
	{hub.RoleOfficeClerk, DeliveryRead, Same, ScopeNoticesRead},
	{hub.RoleOfficeClerk, ReceiptRead, Same, ScopeReceiptsRead},
	{hub.RoleOfficeClerk, CertificateRead, Same, ScopeReceiptsRead},
	{hub.RoleOfficeClerk, CaseRead, Same, ScopeCasesRead},
	{hub.RoleOfficeClerk, AttorneyWrite, Same, ScopeCasesWrite},
	{hub.RoleOfficeClerk, RepresentativeRead, Any, ScopeRecipientsRead},
	{hub.RoleOfficeClerk, RepresentativeWrite, Any, ScopeRecipientsWrite},

	{hub.RoleOfficeManager, RecipientEnrol, Any, ""},
	{hub.RoleOfficeManager, RecipientRead, Any, ""},
	{hub.RoleOfficeManager, RecipientChange, Any, ""},
	{hub.RoleOfficeManager, OrganisationRead, Same, ""},
	{hub.RoleOfficeManager, DocumentUpload, Same, ""},
	{hub.RoleOfficeManager, NoticeSubmit, Same, ""},
	{hub.RoleOfficeManager, DraftRead, Same, ""},
	{hub.RoleOfficeManager, DraftChange, Author, ""},
	{hub.RoleOfficeManager, DraftDecide, Colleague, ""},
	{hub.RoleOfficeManager, FourEyesWrite, Same, ""},
	{hub.RoleOfficeManager, NoticeRead, Same, ""},
	{hub.RoleOfficeManager, ReceiptRead, Same, ""},
	{hub.RoleOfficeManager, CertificateRead, Same, ""},
	{hub.RoleOfficeManager, CaseRead, Same, ""},
	{hub.RoleOfficeManager, AttorneyWrite, Same, ""},
	{hub.RoleOfficeManager, RepresentativeRead, Any, ""},
	{hub.RoleOfficeManager, RepresentativeWrite, Any, ""},
	{hub.RoleOfficeManager, KeyRead, Same, ""},
	{hub.RoleOfficeManager, KeyRotate, Same, ""},
	{hub.RoleOfficeManager, KeyRevoke, Same, ""},

	{hub.RoleServiceOfficer, OrganisationRead, Same, ""},
	{hub.RoleServiceOfficer, TaskWork, Same, ""},

	{hub.RoleOperator, LanesRead, Any, ScopeOperationsWrite},
	{hub.RoleOperator, DeliveryRead, Any, ScopeOperationsWrite},
	{hub.RoleOperator, Operate, Any, ScopeOperationsWrite},
	{hub.RoleOperator, FourEyesWrite, Any, ""},
	{hub.RoleOperator, KeyRead, Any, ScopeOperationsWrite},
	{hub.RoleOperator, KeyRevoke, Any, ScopeOperationsWrite}, // to stop a key that leaked; a secret they never get

	{hub.RoleAuditor, ReceiptRead, Any, ScopeAuditRead},
	{hub.RoleAuditor, LanesRead, Any, ScopeAuditRead},
	{hub.RoleAuditor, DeliveryRead, Any, ScopeAuditRead},
	{hub.RoleAuditor, TrailRead, Any, ScopeAuditRead},

	{hub.RoleAdmin, OrganisationRead, Any, ScopeOrganisationsWrite},
	{hub.RoleAdmin, OrganisationWrite, Any, ScopeOrganisationsWrite},
	{hub.RoleAdmin, FourEyesWrite, Any, ""},
	{hub.RoleAdmin, StaffWrite, Any, ScopeOrganisationsWrite},
	{hub.RoleAdmin, RecipientRead, Any, ScopeRecipientsRead},
	{hub.RoleAdmin, RecipientEnrol, Any, ScopeRecipientsWrite},
	{hub.RoleAdmin, RecipientChange, Any, ScopeRecipientsWrite},
	{hub.RoleAdmin, RepresentativeRead, Any, ScopeRecipientsRead},
	{hub.RoleAdmin, RepresentativeWrite, Any, ScopeRecipientsWrite},
	{hub.RoleAdmin, LanesRead, Any, ScopeOperationsWrite},
	{hub.RoleAdmin, DeliveryRead, Any, ScopeOperationsWrite},
	{hub.RoleAdmin, KeyRead, Any, ScopeOrganisationsWrite},
	{hub.RoleAdmin, KeyRotate, Any, ScopeOrganisationsWrite},
	{hub.RoleAdmin, KeyRevoke, Any, ScopeOrganisationsWrite},
}

// Rule is one line of the policy, to be read. An empty Scope means that no key may.
type Rule struct {
	Role     hub.Role `json:"role"`
	Action   Action   `json:"action"`
	Relation Relation `json:"relation"`
	Scope    Scope    `json:"scope,omitempty"`
}

// Rules lists the whole policy in its order.
func Rules() []Rule {
	rules := make([]Rule, len(policy))
	for i, r := range policy {
		rules[i] = Rule{r.role, r.action, r.relation, r.scope}
	}
	return rules
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
