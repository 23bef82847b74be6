package web

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"time"

	"eblagh/api/signin"
	"eblagh/api/signin/outside"
	"eblagh/hub"
	"eblagh/hub/access"
	"eblagh/hub/certificate"
	"eblagh/hub/dispatch"
	"eblagh/hub/enrol"
	"eblagh/hub/ladder"
	"eblagh/hub/reading"
	"eblagh/hub/retention"
)

// Enroller is what the pages ask of hub/enrol. Errors are *hub.Error, as that package tells.
type Enroller interface {
	BeginSignIn(ctx context.Context, nationalID, personalCode string, from enrol.Origin) (challenge hub.ID, err error)
	FinishSignIn(ctx context.Context, challenge hub.ID, code string, from enrol.Origin) (enrol.SignedIn, error)
	SignInOutside(ctx context.Context, issuer, subject string, from enrol.Origin) (enrol.SignedIn, error)
	Activate(ctx context.Context, nationalID, activationCode, personalCode string, from enrol.Origin) error
	BeginConfirm(ctx context.Context, p access.Principal) (hub.ID, hub.Factor, error)
	FinishConfirm(ctx context.Context, p access.Principal, challenge hub.ID, code string) error
	ProvePersonalCode(ctx context.Context, p access.Principal, personalCode string) error
	HasFactor(ctx context.Context, p access.Principal) (bool, error)
	AskExport(ctx context.Context, p access.Principal) (enrol.Export, error)
	Exports(ctx context.Context, p access.Principal) ([]enrol.Export, error)
	BeginFactor(ctx context.Context, p access.Principal) (enrol.NewFactor, error)
	PendingFactor(ctx context.Context, p access.Principal) (enrol.NewFactor, error)
	ConfirmFactor(ctx context.Context, p access.Principal, code string) (recovery []string, err error)
	RemoveFactor(ctx context.Context, p access.Principal) error
	Enrol(ctx context.Context, p access.Principal, n enrol.NewRecipient) (hub.Recipient, error)
	SendActivation(ctx context.Context, p access.Principal, id hub.ID) error
	Recover(ctx context.Context, p access.Principal, id hub.ID, n enrol.NewRecovery) error
	Lookup(ctx context.Context, p access.Principal, nationalID string) (hub.Recipient, error)
	Recipient(ctx context.Context, p access.Principal, id hub.ID) (hub.Recipient, error)
	RegisterAttorney(ctx context.Context, p access.Principal, n enrol.NewAttorney) (hub.Attorney, error)
	EndAttorney(ctx context.Context, p access.Principal, matter, attorney hub.ID, reason hub.AttorneyEnd) error
	NoteReference(ctx context.Context, p access.Principal, attorney hub.ID, reference string) error
	Representatives(ctx context.Context, p access.Principal, legalPerson hub.ID) ([]hub.Representative, error)
	Appoint(ctx context.Context, p access.Principal, n enrol.NewRepresentative) (hub.Representative, error)
	Dismiss(ctx context.Context, p access.Principal, legalPerson, id hub.ID) error
	Eyes
	Keys(ctx context.Context, p access.Principal, before hub.ID, limit int) ([]enrol.ListedKey, error)
	RotateKey(ctx context.Context, p access.Principal, id hub.ID, overlap time.Duration) (string, enrol.ListedKey, error)
	EndKey(ctx context.Context, p access.Principal, id hub.ID) error
}

// Reader is what the pages ask of hub/reading, which decides and records every look.
type Reader interface {
	Inbox(ctx context.Context, p access.Principal, q reading.InboxQuery) (reading.InboxPage, error)
	Item(ctx context.Context, p access.Principal, notice hub.ID) (reading.InboxItem, error)
	Document(ctx context.Context, p access.Principal, notice, document hub.ID) (hub.Document, []byte, error)
	Notice(ctx context.Context, p access.Principal, id hub.ID) (hub.Notice, hub.Service, error)
	Notices(ctx context.Context, p access.Principal, q reading.NoticeQuery) (reading.NoticePage, error)
	Receipts(ctx context.Context, p access.Principal, notice hub.ID) ([]hub.Receipt, error)
	Cases(ctx context.Context, p access.Principal, q reading.CaseQuery) (reading.CasePage, error)
	Case(ctx context.Context, p access.Principal, id hub.ID, q reading.CaseQuery) (reading.CaseItem, error)
	Staff(ctx context.Context, p access.Principal, matter hub.ID) ([]reading.Staff, error)
	Held(ctx context.Context, p access.Principal, q reading.HeldQuery) (reading.HeldPage, error)
	Lanes(ctx context.Context, p access.Principal) ([]reading.LaneState, error)
	Tasks(ctx context.Context, p access.Principal, q reading.TaskQuery) (reading.TaskPage, error)
	Task(ctx context.Context, p access.Principal, task hub.ID) (hub.Carried, error)
	TaskPaper(ctx context.Context, p access.Principal, task hub.ID) (hub.Notice, error)
	TaskDocument(ctx context.Context, p access.Principal, task, document hub.ID) (hub.Document, []byte, error)
	Drafts
	Holds(ctx context.Context, p access.Principal) ([]hub.Hold, error)
	Delivery(ctx context.Context, p access.Principal, id hub.ID) (reading.Followed, error)
	Deliveries(ctx context.Context, p access.Principal, notice hub.ID) ([]reading.Followed, error)
	Astray(ctx context.Context, p access.Principal, q reading.AstrayQuery) (reading.AstrayPage, error)
	Looks(ctx context.Context, p access.Principal, q reading.LooksQuery) (reading.LooksPage, error)
	Trail(ctx context.Context, p access.Principal, q reading.TrailQuery) (reading.TrailPage, error)
	// OpeningMeans and Basis speak both languages of the pages.
	OpeningMeans(kind hub.Kind, language string) string
	Basis(s hub.Service, language string) string
}

// Dispatcher is what the pages ask of hub/dispatch.
type Dispatcher interface {
	Submit(ctx context.Context, p access.Principal, papers []dispatch.Paper, request []byte) ([]dispatch.Result, error)
	Checks
	Open(ctx context.Context, p access.Principal, notice hub.ID) (hub.Notice, error)
	Hold(ctx context.Context, p access.Principal, n dispatch.NewHold) (hub.Hold, error)
	Release(ctx context.Context, p access.Principal, hold hub.ID) error
	Replay(ctx context.Context, p access.Principal, delivery hub.ID) (hub.Delivery, error)
}

// Ladder is what the pages ask of hub/ladder.
type Ladder interface {
	Take(ctx context.Context, p access.Principal, task hub.ID) error
	Return(ctx context.Context, p access.Principal, task hub.ID, f ladder.Form, request []byte) (hub.OfficerReturn, error)
	Fetch(ctx context.Context, p access.Principal, task, document hub.ID) error
	HandOver(ctx context.Context, p access.Principal, notice hub.ID) error
	Carries(kind hub.Kind) bool
}

// Keeper is what the pages ask of hub/retention.
type Keeper interface {
	Kinds() []retention.Kind
	Classify(ctx context.Context, p access.Principal, matter hub.ID, kind string) error
	Assign(ctx context.Context, p access.Principal, matter, person hub.ID) error
	Unassign(ctx context.Context, p access.Principal, matter, person hub.ID) error
	Assignees(ctx context.Context, p access.Principal, matter hub.ID) ([]retention.Assignee, error)
	Place(ctx context.Context, p access.Principal, matter, notice hub.ID, reason string) (retention.Hold, error)
	Lift(ctx context.Context, p access.Principal, matter, hold hub.ID) error
	Holds(ctx context.Context, p access.Principal, matter hub.ID) ([]retention.Hold, error)
}

// Intake takes documents, as hub/document does. It MUST refuse a body over its limit with too-large after reading no
// more than that.
type Intake interface {
	Accept(ctx context.Context, p access.Principal, fileName, mediaType string, body io.Reader) (hub.Document, error)
}

// Certificates issues certificates of service, as hub/certificate does.
type Certificates interface {
	Issue(ctx context.Context, p access.Principal, notice hub.ID, language string) (certificate.File, error)
}

// Proof is what the page for checking needs of the hub.
type Proof interface {
	// LogKeys gives the log's public keys, those in force first.
	LogKeys(ctx context.Context) ([]string, error)
	// Issued tells when a certificate was issued, by the id that it bears. Errors: not-found.
	Issued(ctx context.Context, id string) (time.Time, error)
}

// Outside asks an identity provider who somebody is, as api/signin/outside does.
type Outside interface {
	// Name is what people call the provider, in a language of the pages.
	Name(language string) string
	Begin(ctx context.Context, next string, device hub.ID) (address, keep string, err error)
	Finish(ctx context.Context, keep string, answer url.Values) (outside.Who, error)
}

// Sessions keeps people signed in, as api/signin does. Principal is nobody, and no error, without a session.
type Sessions interface {
	Principal(r *http.Request) (access.Principal, error)
	// Start errors: unauthorized, when the person was shut out since they met the proof.
	Start(r *http.Request, person hub.ID, factor hub.Factor, proof hub.ID) (*http.Cookie, error)
	// Rise gives the person another session in the place of the request's, which can do more.
	Rise(r *http.Request, gained signin.Rise) (*http.Cookie, error)
	End(r *http.Request) (*http.Cookie, error)
	List(ctx context.Context, person hub.ID) ([]hub.Session, error)
	Revoke(ctx context.Context, person, session hub.ID) error
	RevokeOthers(ctx context.Context, p access.Principal) (int, error)
}
