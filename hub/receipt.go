package hub

import "time"

// Event is a receipt's event by its ETSI name: http://uri.etsi.org/19522/Event/<name>.
type Event string

// The events that the hub issues, EN 319 522-1 clause 6. What ETSI lacks is named eblagh:….
const (
	EventSubmissionAcceptance  Event = "SubmissionAcceptance"           // A.1
	EventContentConsignment    Event = "ContentConsignment"             // D.1
	EventConsignmentNotified   Event = "ConsignmentNotification"        // D.3
	EventConsignmentNotifyFail Event = "ConsignmentNotificationFailure" // D.4
	EventNotificationDelivered Event = "NotificationDelivered"
	EventContentAccess         Event = "ContentAccessTracking" // D.6
	EventContentHandover       Event = "ContentHandover"       // E.1
	EventRelay                 Event = "RelayToNonERDS"        // F.1: given to the officer
	EventRelayFail             Event = "RelayToNonERDSFailure" // F.2
	EventRelayReturn           Event = "ReceivedFromNonERDS"   // F.3: the officer's return
	EventRelayWithdrawn        Event = "eblagh:RelayWithdrawn"
	EventCancelled             Event = "eblagh:Cancelled"
	EventExpired               Event = "eblagh:Expired"
	EventReplayed              Event = "eblagh:Replayed"
	EventCertificateIssued     Event = "eblagh:CertificateIssued"  // details: what was certified, and the body's digest
	EventAttorneyRegistered    Event = "eblagh:AttorneyRegistered" // details: attorney, lawyer, scope and term
	EventAttorneyEnded         Event = "eblagh:AttorneyEnded"      // details: attorney, lawyer, why
	EventDocumentErased        Event = "eblagh:DocumentErased"     // by law; details: the digest that stays, and the basis
	EventTrailDigest           Event = "eblagh:TrailDigest"        // of no notice; details: an hour of the trail, its entries, the digest
	EventTrailDetached         Event = "eblagh:TrailDetached"      // of no notice; details: which months of the trail were taken out
)

// Code is the clause code of an event, empty where ETSI has none.
func (e Event) Code() string {
	switch e {
	case EventSubmissionAcceptance:
		return "A.1"
	case EventContentConsignment:
		return "D.1"
	case EventConsignmentNotified:
		return "D.3"
	case EventConsignmentNotifyFail:
		return "D.4"
	case EventContentAccess:
		return "D.6"
	case EventContentHandover:
		return "E.1"
	case EventRelay:
		return "F.1"
	case EventRelayFail:
		return "F.2"
	case EventRelayReturn:
		return "F.3"
	}
	return ""
}

// ActorKind says who acted.
type ActorKind string

// The actors.
const (
	ActorSelf     ActorKind = "self"
	ActorLawyer   ActorKind = "lawyer"
	ActorDelegate ActorKind = "delegate" // a representative of a legal person
	ActorOfficer  ActorKind = "officer"
	ActorClerk    ActorKind = "clerk"
	ActorKey      ActorKind = "key" // a court's or office's system
	ActorSystem   ActorKind = "system"
)

// Actor is who acted, and how they were authenticated ("session", "api_key", "" for the hub itself).
type Actor struct {
	Kind ActorKind
	ID   ID
	Auth string
}

// Receipt is the evidence of an event. It carries no plain personal data: Recipient is a pseudonym (an id).
type Receipt struct {
	ID                ID
	Event             Event
	At                time.Time // when it happened, UTC, µs
	RecordedAt        time.Time // Postgres's clock
	Notice            ID
	Case              ID
	Recipient         ID
	Capacity          Capacity
	Actor             Actor
	Channel           Channel
	Provider          string
	ProviderMessageID string
	ProviderStatus    string
	Reason            Reason
	Rule              string
	RuleVersion       string
	Details           map[string]any // e.g. parts: SHA-256 of each part as served
	LogIndex          int64          // which entry of the log it is; 0: not sealed yet, for entry 0 is the log's first key
}
