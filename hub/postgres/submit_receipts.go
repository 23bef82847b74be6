package postgres

import (
	"encoding/json"
	"fmt"

	"eblagh/hub"
	"eblagh/hub/ledger"
)

var receiptColumns = into("receipts", "id uuid", "event text", "at timestamptz", "recorded_at timestamptz", "notice uuid", "submitter uuid",
	"case_id uuid", "recipient uuid", "capacity text", "actor_kind text", "actor uuid", "auth text", "channel text", "details jsonb",
	"salt bytea")

func receiptRows(all []ledger.Receipt) tableRows {
	values := make([][]any, len(all))
	for i := range all {
		r := &all[i]
		values[i] = []any{r.ID, r.Event, r.At, r.RecordedAt, r.Notice, r.Submitter, r.Case, r.Recipient, r.Capacity, r.Actor.Kind,
			r.Actor.ID, r.Actor.Auth, r.Channel, json.RawMessage(r.Text), r.Salt[:]}
	}
	return receiptColumns.rows(values)
}

// acceptances are the receipts A.1, EN 319 522-1.
func (a *acceptance) acceptances() ([]ledger.Receipt, error) {
	all := newReceipts(len(a.rows))
	for i, r := range a.rows {
		v := &all[i]
		v.ID, v.Event, v.At, v.RecordedAt, v.Actor = r.Receipt, hub.EventSubmissionAcceptance, a.at, a.at, r.in.Actor
		r.about(v)
		if err := r.addDetails(v); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// consignments are the receipts D.1, EN 319 522-1.
func (a *acceptance) consignments() []ledger.Receipt {
	all := newReceipts(len(a.arrivals))
	for i, v := range a.arrivals {
		r := &all[i]
		r.ID, r.Event, r.At, r.RecordedAt, r.Channel = v.receipt, hub.EventContentConsignment, v.At, v.taken, hub.ChannelInbox
		r.Actor.Kind = hub.ActorSystem
		v.row.about(r)
	}
	return all
}

// about says what paper a receipt is of, and what its parts are.
func (r *row) about(v *ledger.Receipt) {
	v.Notice, v.Submitter, v.Case, v.Recipient, v.Capacity = r.Notice, r.in.Submitter, r.Accepted.Case, r.Recipient, r.Paper.Capacity
	v.Text = append(append([]byte(`{"parts":`), r.digests...), '}')
}

// addDetails says what the acceptance of some papers says besides.
func (r *row) addDetails(v *ledger.Receipt) (err error) {
	if r.Corrects.IsZero() && r.OnBehalfOf.IsZero() && r.in.Approves.Draft.IsZero() {
		return nil
	}
	details := map[string]any{"parts": r.digests}
	if !r.Corrects.IsZero() {
		details["corrects"] = r.Corrects
	}
	if !r.OnBehalfOf.IsZero() {
		details["on_behalf_of"] = r.OnBehalfOf
	}
	r.in.checked(details)
	if v.Text, err = json.Marshal(details); err != nil {
		return fmt.Errorf("details of an acceptance: %w", err)
	}
	return nil
}
