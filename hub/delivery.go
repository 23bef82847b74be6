package hub

import "time"

// Channel is a means of delivery.
type Channel string

// The channels. Live has receipts but no delivery row: it is only a nudge.
const (
	ChannelInbox Channel = "inbox"
	ChannelSMS   Channel = "sms"
	ChannelLive  Channel = "live"
)

// Valid reports whether ch is known.
func (ch Channel) Valid() bool { return ch == ChannelInbox || ch == ChannelSMS || ch == ChannelLive }

// DeliveryStatus is where one notice stands on one channel; the package comment draws the moves.
type DeliveryStatus string

// The states of a delivery.
const (
	DeliveryPending   DeliveryStatus = "pending"
	DeliveryQueued    DeliveryStatus = "queued"
	DeliverySending   DeliveryStatus = "sending"
	DeliverySent      DeliveryStatus = "sent"
	DeliveryUnknown   DeliveryStatus = "unknown"
	DeliveryHeld      DeliveryStatus = "held"
	DeliveryDelivered DeliveryStatus = "delivered"
	DeliveryFailed    DeliveryStatus = "failed"
	DeliveryCancelled DeliveryStatus = "cancelled"
	DeliveryExpired   DeliveryStatus = "expired"
)

// Valid reports whether s is one of the states.
func (s DeliveryStatus) Valid() bool {
	switch s {
	case DeliveryPending, DeliveryQueued, DeliverySending, DeliverySent, DeliveryUnknown, DeliveryHeld:
		return true
	}
	return s.Final()
}

// Final reports whether nothing moves the delivery any more.
func (s DeliveryStatus) Final() bool {
	switch s {
	case DeliveryDelivered, DeliveryFailed, DeliveryCancelled, DeliveryExpired:
		return true
	}
	return false
}

// Delivery is one notice over one channel, or one code by SMS.
type Delivery struct {
	ID         ID
	Channel    Channel
	Priority   Priority
	Status     DeliveryStatus
	Attempts   int
	LastReason Reason
	Replays    ID // the dead delivery in whose place this one came; zero: none
	UpdatedAt  time.Time
}

// Lane is what travels together: one channel at one priority. A task carries the ids of one lane.
type Lane struct {
	Channel  Channel
	Priority Priority
}

// Lanes lists every lane, most pressing first.
var Lanes = []Lane{
	{ChannelSMS, PriorityCode},
	{ChannelInbox, PriorityUrgent}, {ChannelSMS, PriorityUrgent},
	{ChannelInbox, PriorityNormal}, {ChannelSMS, PriorityNormal},
	{ChannelInbox, PriorityBulk}, {ChannelSMS, PriorityBulk},
}

// String is channel.priority, as queues and metrics name it.
func (l Lane) String() string { return string(l.Channel) + "." + string(l.Priority) }
