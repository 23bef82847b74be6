package postgres

import (
	"github.com/jackc/pgx/v5"

	"eblagh/hub"
	"eblagh/hub/dispatch"
)

const noteOutcomes = `
INSERT INTO receipts (id, event, at, recorded_at, notice, submitter, case_id, recipient, capacity, actor_kind, channel, provider,
	provider_message_id, provider_status, reason, salt)
SELECT u.id, u.event, (SELECT hub_now()), (SELECT hub_now()), u.notice, u.submitter, u.case_id, u.recipient, u.capacity, 'system', 'sms',
	u.provider, u.message_id, u.outcome, u.reason, u.salt
FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::uuid[], $5::uuid[], $6::uuid[], $7::text[], $8::text[], $9::text[],
	$10::text[], $11::text[], $12::bytea[])
	AS u (id, event, notice, submitter, case_id, recipient, capacity, provider, message_id, outcome, reason, salt)`

const attestCodes = `
INSERT INTO incidents (id, kind, person, reason, started_at, ended_at)
SELECT u.id, 'code_undelivered', u.person, u.reason, c.now, c.now
FROM (SELECT hub_now() AS now) c, unnest($1::uuid[], $2::uuid[], $3::text[]) AS u (id, person, reason)`

// evidence is what outcomes leave behind: receipts of notices, and incidents of codes.
type evidence struct {
	receipts, incidents []outcome
}

type outcome struct {
	dispatch.Ended
	provider string
	id       hub.ID
	event    hub.Event
	reason   hub.Reason
}

// add takes over that a text left or arrived, and that it failed when its delivery did by that.
func (v *evidence) add(e dispatch.Ended, provider string, moves bool) {
	note := func(id hub.ID, event hub.Event, reason hub.Reason) {
		o := outcome{e, provider, id, event, reason}
		switch {
		case !e.About.Notice.IsZero():
			v.receipts = append(v.receipts, o)
		case event == hub.EventConsignmentNotifyFail:
			v.incidents = append(v.incidents, o)
		}
	}
	if e.Outcome == hub.OutcomeAccepted || e.Outcome == hub.OutcomeDelivered {
		note(e.Receipt, hub.EventConsignmentNotified, hub.ReasonNone)
	}
	if e.Outcome == hub.OutcomeDelivered {
		note(e.Delivered, hub.EventNotificationDelivered, hub.ReasonNone)
	}
	if moves && e.Next == hub.DeliveryFailed {
		note(e.Receipt, hub.EventConsignmentNotifyFail, e.Closing)
	}
}

func (v *evidence) queue(b *pgx.Batch) {
	if all := v.receipts; len(all) > 0 {
		b.Queue(noteOutcomes,
			column(all, func(o outcome) hub.ID { return o.id }),
			column(all, func(o outcome) string { return string(o.event) }),
			column(all, func(o outcome) hub.ID { return o.About.Notice }),
			column(all, func(o outcome) hub.ID { return o.About.Submitter }),
			column(all, func(o outcome) hub.ID { return o.About.Case }),
			column(all, func(o outcome) hub.ID { return o.Person }),
			column(all, func(o outcome) string { return string(o.About.Capacity) }),
			column(all, func(o outcome) string { return o.provider }),
			column(all, func(o outcome) string { return o.MessageID }),
			column(all, func(o outcome) string { return string(o.Outcome) }),
			column(all, func(o outcome) string { return string(o.reason) }), salts(len(all)))
	}
	if all := v.incidents; len(all) > 0 {
		b.Queue(attestCodes,
			column(all, func(o outcome) hub.ID { return o.id }),
			column(all, func(o outcome) hub.ID { return o.Person }),
			column(all, func(o outcome) string { return string(o.reason) }))
	}
}
