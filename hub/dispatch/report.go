package dispatch

import (
	"context"
	"fmt"
	"strings"
	"time"

	"eblagh/hub"
)

// maxRaw is how much of a report's raw bytes is kept; no provider sends more in earnest.
const maxRaw = 4 << 10

// MessageKey names a message at a provider, in the normalised form.
type MessageKey struct {
	Provider string
	Message  string
}

// Parked is a report as it is kept until its attempt is found.
type Parked struct {
	ID  hub.ID
	Key MessageKey
	hub.Report
}

// NormaliseMessageID makes equal what providers write in two ways: other case, leading zeros, blanks around.
func NormaliseMessageID(id string) string {
	id = strings.ToLower(strings.TrimSpace(id))
	bare := strings.TrimLeft(id, "0")
	if bare == "" && id != "" {
		return "0"
	}
	return bare
}

// Report takes what providers tell of texts, in any order, early, late and more than once. All of it is kept first,
// as it came; then it is matched. A report without an attempt stays parked until its attempt has an outcome, for a week at
// most. Errors: overloaded when there are too many of that kind, and not all of these were kept.
func (d *Dispatcher) Report(ctx context.Context, reports []hub.Report) error {
	if len(reports) == 0 {
		return nil
	}
	parked, keys := make([]Parked, len(reports)), make([]MessageKey, len(reports))
	for i, r := range reports {
		r.MessageID = storable(r.MessageID)
		if !r.Outcome.Valid() {
			r.Outcome = hub.OutcomeUnknown
		}
		r.Reason = r.Reason.OrProvider()
		r.Raw = append([]byte{}, r.Raw[:min(len(r.Raw), maxRaw)]...)
		if r.At.Before(time.Unix(0, 0)) || r.At.After(d.clock().Add(24*time.Hour)) {
			r.At = time.Time{} // a provider's clock is no evidence when it is that far off
		}
		keys[i] = MessageKey{Provider: r.Provider, Message: NormaliseMessageID(r.MessageID)}
		parked[i] = Parked{ID: d.newID(), Key: keys[i], Report: r}
	}
	full, err := d.tooManyStrangers(ctx)
	if err != nil {
		return err
	}
	began := d.clock()
	kept, err := d.store.ParkReports(ctx, parked, full)
	if err != nil {
		return fmt.Errorf("keep reports: %w", err)
	}
	matched, err := d.match(ctx, unique(keys))
	if err != nil {
		return err
	}
	if matched == 0 {
		rest(ctx, d.clock().Sub(began))
	}
	if kept < len(parked) {
		return &hub.Error{Code: hub.CodeOverloaded, Detail: "too many reports are on messages that nobody sent"}
	}
	return nil
}

// mostID is how much of a message id is kept; SMPP 3.4 §5.2.23 allows 65 octets.
const mostID = 200

// storable is a message id that the store can keep, whatever a provider gave.
func storable(id string) string {
	id = strings.ToValidUTF8(strings.ReplaceAll(id, "\x00", ""), "?")
	if len(id) <= mostID {
		return id
	}
	return strings.ToValidUTF8(id[:mostID], "")
}

// match applies the parked reports of these messages, and tells how many there were.
func (d *Dispatcher) match(ctx context.Context, keys []MessageKey) (matched int, err error) {
	if len(keys) == 0 {
		return 0, nil
	}
	closed, matched, err := d.store.MatchReports(ctx, keys, d.newID)
	if err != nil {
		return 0, fmt.Errorf("match reports: %w", err)
	}
	d.countMoved(closed)
	return matched, nil
}
