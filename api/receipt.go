package api

import (
	"context"
	"time"

	"eblagh/hub"
)

// Receipt is the evidence of one event.
type Receipt struct {
	ID         string         `json:"id" format:"uuid"`
	Event      string         `json:"event" doc:"ETSI's name, EN 319 522-1 clause 6, or eblagh:…"`
	Code       string         `json:"code" doc:"ETSI's clause code; empty where there is none"`
	At         time.Time      `json:"at" doc:"when it happened"`
	RecordedAt time.Time      `json:"recorded_at"`
	Channel    string         `json:"channel,omitempty"`
	Actor      Actor          `json:"actor"`
	Reason     string         `json:"reason,omitempty"`
	Log        *LogEntry      `json:"log,omitempty" doc:"where the public log holds it; not there until it is sealed"`
	Details    map[string]any `json:"details" doc:"what belongs to the event: digests of the parts, provider, rule"`
}

// LogEntry is a place in the public log.
type LogEntry struct {
	Index int64 `json:"index"`
}

// Actor is who acted, by an id that is no personal datum, and how they were recognised.
type Actor struct {
	Kind string `json:"kind" enum:"self,delegate,lawyer,officer,clerk,key,system"`
	ID   string `json:"id,omitempty" format:"uuid"`
	Auth string `json:"auth,omitempty"`
}

func viewReceipt(r hub.Receipt) Receipt {
	out := Receipt{
		ID: r.ID.String(), Event: string(r.Event), Code: r.Event.Code(), At: r.At.UTC(), RecordedAt: r.RecordedAt.UTC(),
		Channel: string(r.Channel), Actor: Actor{string(r.Actor.Kind), idText(r.Actor.ID), r.Actor.Auth},
		Reason: string(r.Reason), Details: map[string]any{},
	}
	if r.LogIndex > 0 {
		out.Log = &LogEntry{r.LogIndex}
	}
	for name, value := range r.Details {
		out.Details[name] = value
	}
	for name, value := range map[string]string{
		"provider": r.Provider, "provider_message_id": r.ProviderMessageID, "provider_status": r.ProviderStatus,
		"rule": r.Rule, "rule_version": r.RuleVersion, "capacity": string(r.Capacity),
	} {
		if value != "" {
			out.Details[name] = value
		}
	}
	return out
}

func (a *api) listReceipts(ctx context.Context, in *PathID) (*answer[Page[Receipt]], error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	list, err := a.deps.Reader.Receipts(ctx, caller(ctx), id)
	if err != nil {
		return nil, err
	}
	return pageOf(list, "", viewReceipt), nil
}
