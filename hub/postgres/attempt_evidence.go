package postgres

import (
	"time"

	"github.com/jackc/pgx/v5"

	"eblagh/hub"
	"eblagh/hub/dispatch"
	"eblagh/hub/ledger"
)

const noteOutcomes = `
INSERT INTO receipts (id, event, at, recorded_at, notice, submitter, case_id, recipient, capacity, actor_kind, channel, provider,
	provider_message_id, provider_status, reason, salt)
SELECT u.id, u.event, $12, $12, u.notice, u.submitter, u.case_id, u.recipient, u.capacity, 'system', 'sms', u.provider,
	u.message_id, u.outcome, u.reason, u.salt
FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::uuid[], $5::uuid[], $6::uuid[], $7::text[], $8::text[], $9::text[],
	$10::text[], $11::text[], $13::bytea[])
	AS u (id, event, notice, submitter, case_id, recipient, capacity, provider, message_id, outcome, reason, salt)`

const attestCodes = `
INSERT INTO incidents (id, kind, person, reason, started_at, ended_at)
SELECT u.id, 'code_undelivered', u.person, u.reason, c.now, c.now
FROM (SELECT hub_now() AS now) c, unnest($1::uuid[], $2::uuid[], $3::text[]) AS u (id, person, reason)`

// evidence is what outcomes leave behind: receipts of notices, and incidents of codes.
type evidence struct {
	at        time.Time
	receipts  []ledger.Receipt
	incidents []incident
}

type incident struct {
	id, person hub.ID
	reason     hub.Reason
}

// add takes over that a text left or arrived, and that it failed when its delivery did by that.
func (v *evidence) add(e dispatch.Ended, provider string, moves bool) {
	if e.Outcome == hub.OutcomeAccepted || e.Outcome == hub.OutcomeDelivered {
		v.note(e, provider, e.Receipt, hub.EventConsignmentNotified, hub.ReasonNone)
	}
	if e.Outcome == hub.OutcomeDelivered {
		v.note(e, provider, e.Delivered, hub.EventNotificationDelivered, hub.ReasonNone)
	}
	if moves && e.Next == hub.DeliveryFailed {
		v.note(e, provider, e.Receipt, hub.EventConsignmentNotifyFail, e.Closing)
	}
}

var noDetails = []byte(`{}`)

func (v *evidence) note(e dispatch.Ended, provider string, id hub.ID, event hub.Event, reason hub.Reason) {
	if e.About.Notice.IsZero() {
		if event == hub.EventConsignmentNotifyFail {
			v.incidents = append(v.incidents, incident{id, e.Person, reason})
		}
		return
	}
	v.receipts = append(v.receipts, ledger.Receipt{Submitter: e.About.Submitter, Text: noDetails, Receipt: hub.Receipt{
		ID: id, Event: event, At: v.at, RecordedAt: v.at, Notice: e.About.Notice, Case: e.About.Case, Recipient: e.Person,
		Capacity: e.About.Capacity, Actor: hub.Actor{Kind: hub.ActorSystem}, Channel: hub.ChannelSMS, Provider: provider,
		ProviderMessageID: e.MessageID, ProviderStatus: string(e.Outcome), Reason: reason}})
}

// queue writes it. Whatever a receipt does not say is as the table has it by default.
func (v *evidence) queue(b *pgx.Batch) {
	if all := v.receipts; len(all) > 0 {
		salts := salted(all)
		b.Queue(noteOutcomes,
			column(all, func(r ledger.Receipt) hub.ID { return r.ID }),
			column(all, func(r ledger.Receipt) string { return string(r.Event) }),
			column(all, func(r ledger.Receipt) hub.ID { return r.Notice }),
			column(all, func(r ledger.Receipt) hub.ID { return r.Submitter }),
			column(all, func(r ledger.Receipt) hub.ID { return r.Case }),
			column(all, func(r ledger.Receipt) hub.ID { return r.Recipient }),
			column(all, func(r ledger.Receipt) string { return string(r.Capacity) }),
			column(all, func(r ledger.Receipt) string { return r.Provider }),
			column(all, func(r ledger.Receipt) string { return r.ProviderMessageID }),
			column(all, func(r ledger.Receipt) string { return r.ProviderStatus }),
			column(all, func(r ledger.Receipt) string { return string(r.Reason) }), v.at, salts)
	}
	if all := v.incidents; len(all) > 0 {
		b.Queue(attestCodes,
			column(all, func(i incident) hub.ID { return i.id }),
			column(all, func(i incident) hub.ID { return i.person }),
			column(all, func(i incident) string { return string(i.reason) }))
	}
}
