// Package hub holds the words of the delivery hub for judicial papers: what a notice is, whom it is for, the states a
// delivery moves through, the receipts that prove what happened, and the small ports that the outside world fills.
//
// A submitter (a court, an office, a system) hands over a Notice for a Recipient. The hub accepts it durably, and from
// that moment each of its deliveries moves forward, never back:
//
//	pending ──► queued ──► delivered                                  (inbox: arrival, which is service)
//	   │           │
//	   │           └────► sending ──► sent ──► delivered              (SMS: attempt, provider, handset)
//	   │                     │  ▲       │
//	   │                     │  │       └──► unknown ──► delivered | failed(no_outcome)
//	   │                     │  └─ pending (deferred: a later attempt, with its own number)
//	   │                     └────► failed
//	   └────► cancelled, expired                                      (before arrival only)
//
// Postgres refuses every move that is not one of these, and any that counts an attempt elsewhere than into sending:
//
//	pending  may become  queued sending delivered failed cancelled expired
//	queued   may become  pending sending delivered failed cancelled expired
//	sending  may become  pending sent unknown delivered failed
//	sent     may become  unknown delivered failed
//	unknown  may become  pending sent delivered failed
//
// An arrival never becomes sending, and a text becomes delivered by an attempt alone. Queued goes back to pending when a
// text meets the quiet hours of its recipient: it is due at their end, and no attempt was made. Unknown becomes pending
// or sent when the attempt's own outcome comes late. A hold is no state: what it covers stays where it is.
//
// delivered, failed, cancelled and expired are final. Every step that matters leaves a Receipt, which is never changed.
// Delivered (transport) and served (law) are two axes: package rules answers the second from receipts alone.
//
// Who does not open what arrived is informed once more, rung by rung: a second SMS, at last an officer with the paper,
// whose task is open ─► taken ─► returned, or withdrawn once it is opened in the inbox. Package ladder climbs.
//
// The package imports the standard library only. Packages below it add behaviour: dispatch moves deliveries, reading
// is the one road to a paper's content, enrol makes people and organisations exist, access decides, vault encrypts,
// postgres stores.
package hub
