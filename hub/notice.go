package hub

import (
	"slices"
	"time"
)

// Kind is the kind of paper. It decides template, limits and whether actual service matters.
type Kind string

// Kinds lists every kind, in the order that pages offer them.
var Kinds = []Kind{
	"summons", "hearing_notice", "deficiency_notice", "fee_notice", "briefs_notice", "expert_notice", "petition",
	"complaint", "judgment", "default_judgment", "order", "corrected_report", "expert_opinion", "declaration",
	"execution_writ", "interim_order", "auction_notice", "witness_summons", "cassation_ruling", "public_notice", "other",
}

// Valid reports whether k is one of Kinds.
func (k Kind) Valid() bool { return slices.Contains(Kinds, k) }

// Capacity is the part that the addressee plays in the case.
type Capacity string

// CapacityCounsel is that of a lawyer who is served for a client.
const CapacityCounsel Capacity = "counsel"

// Capacities lists every capacity.
var Capacities = []Capacity{
	"plaintiff", "defendant", "complainant", "accused", "witness", "guarantor", "expert", "arbitrator", "third_party",
	"counsel", "representative", "debtor", "creditor", "other",
}

// Valid reports whether c is one of Capacities.
func (c Capacity) Valid() bool { return slices.Contains(Capacities, c) }

// Priority orders deliveries. Code is the hub's own: one-time codes, which a person waits for at a screen.
type Priority string

// The priorities, most pressing first.
const (
	PriorityCode   Priority = "code"
	PriorityUrgent Priority = "urgent"
	PriorityNormal Priority = "normal"
	PriorityBulk   Priority = "bulk"
)

// Valid reports whether a submitter may ask for p.
func (p Priority) Valid() bool {
	return p == PriorityUrgent || p == PriorityNormal || p == PriorityBulk
}

// Notice is one paper served on one recipient in one capacity. Subject and Body are plain only between reading and
// the caller; at rest they are ciphertext.
type Notice struct {
	ID          ID
	Number      string // شماره ابلاغیه: year and fourteen digits
	Reference   string // the submitter's own, unique for ever
	Submitter   ID
	Case        Case
	Branch      Organisation
	Kind        Kind
	Capacity    Capacity
	Recipient   ID
	OnBehalfOf  ID // the client, when it is served on counsel; zero: the recipient is meant
	Subject     string
	Body        string
	Documents   []Document
	Priority    Priority
	NotBefore   time.Time // zero: at once
	ExpiresAt   time.Time // zero: never
	HearingAt   time.Time // zero: none
	Corrects    ID        // the notice that this one corrects; each is its own service
	CorrectedBy ID        // the notice that corrects this one
	CreatedAt   time.Time
	Deliveries  []Delivery
	ArrivedAt   time.Time // zero: not yet in the inbox
	OpenedAt    time.Time // zero: not opened by the addressee
	Climb       Climb     // only where a notice is read by itself, by its submitter's side
}

// Cover is all that shows of a notice until its addressee opens it, on every path: list, item, live, SMS.
type Cover struct {
	ID           ID        `json:"id"`
	Number       string    `json:"number"`
	Kind         Kind      `json:"kind"`
	Branch       BranchRef `json:"branch"`
	ArrivedAt    time.Time `json:"arrived_at"`
	OpeningMeans string    `json:"opening_means"` // what opening does in law, said neutrally
}

// BranchRef names the branch that a notice comes from.
type BranchRef struct {
	ID   ID     `json:"id"`
	Name string `json:"name"`
}

// Arrival is one row of an inbox: the legal moment.
type Arrival struct {
	Recipient ID
	Cursor    int64 // 1, 2, 3 … per recipient, without a gap
	Notice    ID
	At        time.Time
}
