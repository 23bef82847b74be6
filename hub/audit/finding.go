package audit

import (
	"fmt"
	"time"
)

// Kind is what is wrong, out of a closed set.
type Kind string

// The kinds.
const (
	// The log.
	CheckpointBad     Kind = "checkpoint-bad"     // a signature, time or root that does not hold
	RolledBack        Kind = "rolled-back"        // shorter than a checkpoint that was kept outside
	Forked            Kind = "forked"             // not the log of a checkpoint that was kept outside
	TileMissing       Kind = "tile-missing"       //
	TileChanged       Kind = "tile-changed"       // not what its entries make
	EntryChanged      Kind = "entry-changed"      // the entry is not the one that was hashed
	EntryWithout      Kind = "entry-without-row"  // nothing says any more of which receipt it is
	LeafBeyond        Kind = "leaf-beyond-head"   // a row claims a place that the log does not have
	ReceiptChanged    Kind = "receipt-changed"    // not the receipt that was sealed at this place
	ReceiptMissing    Kind = "receipt-missing"    // sealed, and not there any more
	ReceiptUnsealed   Kind = "receipt-unsealed"   // there, and not in the log though it should be
	ReceiptOfNoNotice Kind = "receipt-of-nothing" // its notice is not there
	// The rows.
	ArrivalMissing   Kind = "arrival-missing"   // a receipt says it arrived; the inbox does not
	ArrivalUnproven  Kind = "arrival-unproven"  // in the inbox without a receipt of that moment
	ArrivalGap       Kind = "arrival-gap"       // an inbox counts its arrivals from 1 without a gap
	OpeningMissing   Kind = "opening-missing"   // a receipt says it was opened; the row is not there or says otherwise
	OpeningUnproven  Kind = "opening-unproven"  // opened without a receipt of that moment
	NoticeUnproven   Kind = "notice-unproven"   // a notice without its acceptance
	NoticeChanged    Kind = "notice-changed"    // its texts or documents are not those that were accepted
	DocumentMissing  Kind = "document-missing"  // its bytes are gone, and no law took them
	DocumentChanged  Kind = "document-changed"  // its bytes are not those that were taken in
	ErasureUnproven  Kind = "erasure-unproven"  // erased without a receipt
	CertificateFalse Kind = "certificate-false" // not the paper whose digest was sealed
	// The trail of looks and changes.
	TrailHourMissing  Kind = "trail-hour-missing"  // no receipt seals it, between two hours that are
	TrailHourChanged  Kind = "trail-hour-changed"  // its entries are not those that were sealed; which, cannot be told
	TrailEntryMissing Kind = "trail-entry-missing" // sealed, and not there any more
	TrailEntryAdded   Kind = "trail-entry-added"   // there, and not among those that were sealed
	TrailEntryChanged Kind = "trail-entry-changed" // not the entry that was sealed
	// Notices: nothing is wrong with what was sealed.
	SealedLate   Kind = "sealed-late"   // the hub was away, or somebody wrote an entry back in time before it was sealed
	ErasedByLaw  Kind = "erased-by-law" //
	Unsealed     Kind = "unsealed"      // no log was ever begun here
	DocumentIdle Kind = "document-idle" // taken in, its bytes never came: nobody was told of it

	TrailDetached Kind = "trail-detached" // old months of the trail that the hub took out; their digests stay
	TrailUnended  Kind = "trail-unended"  // a change that was begun, and nobody recorded how it ended: the process died over it
)

// notices are kinds that are told and are no fault.
func (k Kind) notice() bool {
	return k == SealedLate || k == ErasedByLaw || k == Unsealed || k == DocumentIdle || k == TrailDetached ||
		k == TrailUnended
}

// Finding is one thing that was found.
type Finding struct {
	Kind   Kind   `json:"kind"`
	Of     string `json:"of"` // a receipt's, notice's or document's id, a tile's path, the place of an entry
	Detail string `json:"detail"`
	Notice bool   `json:"notice,omitempty"` // worth knowing, and no fault
}

// String is the finding in one line.
func (f Finding) String() string { return fmt.Sprintf("%s %s: %s", f.Kind, f.Of, f.Detail) }

// kept is how many findings a report holds; it counts the others.
const kept = 1_000

// Report is what an audit found.
type Report struct {
	Checkpoint string          `json:"checkpoint"` // the signed checkpoint up to which everything was looked at
	Looked     map[Phase]int64 `json:"looked"`     // how many of each were looked at in this run
	Faults     int64           `json:"faults"`
	Notices    int64           `json:"notices"`
	ByKind     map[Kind]int64  `json:"by_kind"`
	Findings   []Finding       `json:"findings"` // the first thousand
	Began      time.Time       `json:"began"`
	Ended      time.Time       `json:"ended"`
	Resumed    bool            `json:"resumed,omitempty"`
}

func (r *Report) add(f Finding) {
	r.ByKind[f.Kind]++
	if f.Notice {
		r.Notices++
	} else {
		r.Faults++
	}
	if len(r.Findings) < kept {
		r.Findings = append(r.Findings, f)
	}
}
