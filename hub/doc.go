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
// delivered, failed, cancelled and expired are final. Every step that matters leaves a Receipt, which is never changed.
// Delivered (transport) and served (law) are two axes: package rules answers the second from receipts alone.
//
// The package imports the standard library only. Packages below it add behaviour: dispatch moves deliveries, reading
// is the one road to a paper's content, enrol makes people and organisations exist, access decides, vault encrypts,
// postgres stores.
package hub
