package postgres

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"eblagh/hub"
	"eblagh/hub/reading"
)

const selectEvidence = `
SELECT r.id, r.event, r.at, r.recorded_at, r.notice, r.submitter, r.case_id, r.recipient, r.capacity, r.actor_kind, r.actor,
	r.auth, r.channel, r.provider, r.provider_message_id, r.provider_status, r.reason, r.rule, r.rule_version, r.details,
	r.salt, r.form, coalesce(l.index, 0) AS index
FROM receipts r LEFT JOIN log_leaves l ON l.receipt = r.id WHERE r.notice = $1 ORDER BY r.at, r.id`

type receiptRow struct {
	ID                hub.ID
	Event             hub.Event
	At                time.Time
	RecordedAt        time.Time `db:"recorded_at"`
	Notice            hub.ID
	Submitter         hub.ID
	CaseID            hub.ID `db:"case_id"`
	Recipient         hub.ID
	Capacity          hub.Capacity
	ActorKind         hub.ActorKind `db:"actor_kind"`
	Actor             hub.ID
	Auth              string
	Channel           hub.Channel
	Provider          string
	ProviderMessageID string `db:"provider_message_id"`
	ProviderStatus    string `db:"provider_status"`
	Reason            hub.Reason
	Rule              string
	RuleVersion       string `db:"rule_version"`
	Details           details
}

// details keep their numbers as they were written: they are part of what is sealed.
type details map[string]any

// UnmarshalJSON implements json.Unmarshaler.
func (d *details) UnmarshalJSON(text []byte) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	return decoder.Decode((*map[string]any)(d))
}

// Evidence implements reading.EvidenceView.
func (v view) Evidence(ctx context.Context, notice hub.ID) ([]reading.Evidence, error) {
	rows, _ := v.tx.Query(ctx, selectEvidence, notice)
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[sealedRow])
	if err != nil {
		return nil, fmt.Errorf("receipts: %w", err)
	}
	evidence := make([]reading.Evidence, len(list))
	for i, r := range list {
		if evidence[i].Receipt, err = r.receipt(); err != nil {
			return nil, err
		}
	}
	return evidence, nil
}

func (r receiptRow) receipt() hub.Receipt {
	return hub.Receipt{
		ID: r.ID, Event: r.Event, At: r.At, RecordedAt: r.RecordedAt, Notice: r.Notice, Case: r.CaseID,
		Recipient: r.Recipient, Capacity: r.Capacity, Actor: hub.Actor{Kind: r.ActorKind, ID: r.Actor, Auth: r.Auth},
		Channel: r.Channel, Provider: r.Provider, ProviderMessageID: r.ProviderMessageID,
		ProviderStatus: r.ProviderStatus, Reason: r.Reason, Rule: r.Rule, RuleVersion: r.RuleVersion, Details: r.Details,
	}
}
