package dispatch

import (
	"context"
	"time"

	"eblagh/hub"
	"eblagh/hub/access"
)

// Store is everything that dispatch keeps. Each method is one transaction: after nil it is durable, after an error it
// may or may not have happened, and calling it again is safe unless said otherwise.
type Store interface {
	Submissions
	Claims
	Arrivals
	Attempts
	Reports
	Opens
	Cancellations
	Corrections
	Drafts
	Replays
	Holds
	Upkeep
}

// Submissions takes papers in.
type Submissions interface {
	// Resolve looks up everything that papers point at, in one round trip. What is not there is missing in the answer.
	Resolve(ctx context.Context, l Lookup) (Resolved, error)
	// ServedFor tells which of these may be served: counsel in force in the case, with the scope to be served.
	ServedFor(ctx context.Context, keys []CounselKey) (map[CounselKey]bool, error)
	// Accept writes papers, each with its deliveries, its timer and its receipt A.1, or notes that a reference was
	// taken already. number makes a notice number from the time of acceptance and a sequence. The answer is in order.
	// With i.Approves, the one paper and the draft's approval are one transaction: both happen or neither. Errors then:
	// wrong-state when the draft does not wait any more, forbidden to its author, duplicate-reference. With i.Key, the key
	// is taken with the paper; ErrKeyTaken: it was another's, and nothing is written.
	Accept(ctx context.Context, i Intake, number func(at time.Time, sequence int64) (string, error)) ([]Accepted, error)
	// Accepted tells how papers stand that were taken earlier: number, time, case, recipient and deliveries.
	Accepted(ctx context.Context, notices []hub.ID) (map[hub.ID]hub.Notice, error)
}

// Claims hands out what is due.
type Claims interface {
	// Due tells which lanes have something due, held or not.
	Due(ctx context.Context) ([]hub.Lane, error)
	// Claim takes up to limit due deliveries of a lane, as evenly as it can from every submitter, and makes them due
	// again after the lease. No other claim gets them before. Every task of the answer, so many ids one after the other, has
	// an equal part of every submitter that is left.
	Claim(ctx context.Context, lane hub.Lane, limit, task int, lease time.Duration) ([]hub.ID, error)
}

// Arrivals puts notices into inboxes.
type Arrivals interface {
	// Arrive makes each claimed inbox delivery arrive once, and its texts due. Rows that arrived before or that
	// have expired are left out; those that somebody else holds are waited for. The rung that each waits for gets its
	// timer, and the ladder of what an arrival corrects stops.
	Arrive(ctx context.Context, a Arriving) ([]Arrived, error)
	// Expire closes what these notices still have open, if their time is over, with one receipt each.
	Expire(ctx context.Context, notices, receipts []hub.ID) (int, error)
	// Overripe tells which of these inbox deliveries are past their expiry and still open: their notices.
	Overripe(ctx context.Context, deliveries []hub.ID) ([]hub.ID, error)
}

// Arriving is a task of claimed deliveries on their way into inboxes.
type Arriving struct {
	Deliveries []hub.ID
	NewID      func() hub.ID // of receipts and timers
	Rung       func(kind hub.Kind, channels []hub.Channel) (hub.Rung, bool)
}

// Arrived is one arrival, and what is done with it next.
type Arrived struct {
	hub.Arrival
	Priority hub.Priority
	Due      time.Time      // when it should have arrived: acceptance, or not_before
	Live     bool           // its channels permit the nudge
	Texts    bool           // an SMS became due
	Cover    *hub.LiveCover // of a paper that came by itself; nil: it is left to who shows it
}

// Attempts keeps tries of texts.
type Attempts interface {
	// BeginAttempts writes an attempt of each claimed text, or of due texts, as evenly as it can from every submitter, and gives
	// what to send. It commits before the first byte leaves. Texts past their time or without a number are closed instead.
	// Those that a hold keeps from this provider are left as they are, and those that Hush tells to wait become pending until
	// then, without an attempt. What may have begun is given with an error as well.
	BeginAttempts(ctx context.Context, b Beginning) (started []Started, closed []Moved, err error)
	// DisownAttempts makes what a call of BeginAttempts began, if it did, due again at once: its caller heard of an error, and
	// sent nothing. Whatever ended since stays.
	DisownAttempts(ctx context.Context, beginning hub.ID, deliveries []hub.ID) error
	// EndAttempts writes outcomes, each fenced by (delivery, n): an outcome that came before stays, unless it was
	// unknown. It gives how many deliveries moved.
	EndAttempts(ctx context.Context, ends []Ended) (int, error)
	// OpenAttempts tells which of these attempts through a provider have no outcome yet, or unknown: key, priority, whose it was and
	// what about.
	OpenAttempts(ctx context.Context, provider string, keys []hub.AttemptKey) ([]Started, error)
}

// Reports keeps what providers tell.
type Reports interface {
	// ParkReports keeps reports as they came, or, with known, only those on messages that an attempt names by now. It
	// gives how many.
	ParkReports(ctx context.Context, parked []Parked, known bool) (int, error)
	// Strangers tells whether so many parked reports, or more, wait for an attempt.
	Strangers(ctx context.Context, most int) (bool, error)
	// MatchReports applies parked reports of these messages to their attempts: it moves deliveries forward, writes
	// receipts once, and marks the reports. newID makes receipt ids.
	MatchReports(ctx context.Context, keys []MessageKey, newID func() hub.ID) (moved []Moved, matched int, err error)
	// Strays looks at reports that have been parked for a moment, oldest first, from a time on by the store's clock (zero:
	// an hour ago), at most so many, for those that an attempt claims.
	Strays(ctx context.Context, since time.Time, limit int) (Strays, error)
}

// Opens records that addressees open.
type Opens interface {
	// Addressed tells whose an arrived notice is, as row-level security shows it to the principal. Errors: not-found, also
	// before arrival.
	Addressed(ctx context.Context, p access.Principal, notice hub.ID) (Addressed, error)
	// SharesPhone tells whether somebody else who is enrolled has the person's number as well.
	SharesPhone(ctx context.Context, person hub.ID) (bool, error)
	// Open records the first opening with its receipt E.1, in one transaction, and stops the notice's ladder. first is false when it was open before;
	// at is the time of the first opening in both cases.
	Open(ctx context.Context, o Opening) (at time.Time, first bool, err error)
}

// Cancellations withdraws notices.
type Cancellations interface {
	// Submitted tells who submitted a notice, as row-level security shows it to the principal. Errors: not-found.
	Submitted(ctx context.Context, p access.Principal, notice hub.ID) (submitter hub.ID, err error)
	// Cancel closes every delivery of a notice that has not arrived, with one receipt. Errors: wrong-state.
	Cancel(ctx context.Context, notice, receipt hub.ID, actor hub.Actor) error
}

// Corrections knows what papers are corrected. That one is corrected once only is Accept's to hold: wrong-state.
type Corrections interface {
	// Correctable tells whose a notice is and whether it arrived, as row-level security shows it to the principal. Errors:
	// not-found.
	Correctable(ctx context.Context, p access.Principal, notice hub.ID) (Corrected, error)
}

// Drafts keeps papers that wait for a second pair of eyes. A draft is decided on once, whoever races.
type Drafts interface {
	// AddDrafts keeps papers, or tells which draft of the same call, or waiting with the same reference, was there before.
	// The answer is in order. Errors: ErrEased when papers of this kind of author do not wait (any more), unless a draft is
	// replaced; wrong-state when that one was not returned (any more); overloaded when more than in.Most would wait.
	AddDrafts(ctx context.Context, in Drafting) ([]Drafted, error)
	// DraftsOf tells which drafts these idempotent calls of an author made before, by request.
	DraftsOf(ctx context.Context, author hub.ID, requests [][]byte) (map[string]hub.Draft, error)
	// Draft gives a draft with its paper sealed, and how the principal stands to its case. Errors: not-found, also for what
	// is not of the principal's organisations.
	Draft(ctx context.Context, p access.Principal, id hub.ID) (SealedDraft, error)
	// Decides asks row-level security whether the principal may decide on a draft, before that is done past it: people alone,
	// on what others made. Errors: not-found.
	Decides(ctx context.Context, p access.Principal, id hub.ID) error
	// Made asks the same before an author changes a draft. Errors: not-found for what others made.
	Made(ctx context.Context, p access.Principal, id hub.ID) error
	// ReturnDraft gives a waiting draft back to its author. Errors: wrong-state.
	ReturnDraft(ctx context.Context, r ReturningDraft) error
	// WithdrawDraft ends a draft that waits or was returned, and erases its paper. Errors: wrong-state.
	WithdrawDraft(ctx context.Context, id hub.ID) error
	// ExpireDrafts erases the papers of drafts whose time is over, at most so many, and tells how many.
	ExpireDrafts(ctx context.Context, limit int) (int, error)
}

// Replays brings dead texts back.
type Replays interface {
	// Replay makes, of what the principal sees, one new delivery, due at once, in the place of a text that failed or expired, with a receipt. Errors:
	// not-found; wrong-state for what is alive, arrived, was replayed already, or is no text about an arrived notice.
	Replay(ctx context.Context, p access.Principal, r Replaying) (hub.Delivery, error)
}

// Holds keeps what operators hold. What a hold covers is neither claimed nor started by Arrive or BeginAttempts.
type Holds interface {
	// Hold puts a hold in force and gives it with its time. Errors: not-found for whom the database knows as no operator;
	// validation for a submitter that does not exist.
	Hold(ctx context.Context, p access.Principal, h hub.Hold) (hub.Hold, error)
	// Release ends a hold. Errors: not-found when none such is in force.
	Release(ctx context.Context, p access.Principal, hold hub.ID) error
	// HeldProviders names the providers that are held for every submitter or for some.
	HeldProviders(ctx context.Context) ([]HeldProvider, error)
}

// Upkeep is what becomes due without anybody asking. Several processes may call it at once: each row is taken by one.
type Upkeep interface {
	// Overdue lists attempts whose time is over, oldest first.
	Overdue(ctx context.Context, limit int) ([]Overdue, error)
	// CloseOverdue moves attempts that are still overdue: sending and sent become unknown, unknown becomes failed.
	CloseOverdue(ctx context.Context, overdue []Aging) ([]Moved, error)
	// DueTimers lists notices whose timer is due and has not fired.
	DueTimers(ctx context.Context, limit int) ([]hub.ID, error)
	// MakePartitions prepares the months to come.
	MakePartitions(ctx context.Context, months int) error
	// Sweep removes idempotent answers older than a day, sessions that ended, and reports that waited for an attempt for a
	// week.
	Sweep(ctx context.Context) (int, error)
	// OpenOutage records that a part went away some time ago, unless one is recorded as open already.
	OpenOutage(ctx context.Context, id hub.ID, part, reason string, ago time.Duration) error
	// CloseOutage records that a part came back some time ago.
	CloseOutage(ctx context.Context, part string, ago time.Duration) error
}
