// Package channels holds what the senders of texts share.
//
// Registry decides which provider takes the next slice of texts. While all is well it goes by weight. It watches what
// every slice comes to, through the sender that it hands out: a run of faults opens the provider's circuit, and the
// others carry its texts. After a pause the provider gets single texts as probes; several must go well, one after the
// other, before it counts as healthy. Then it drifts back to its weight, so that a provider that just recovered is not
// buried at once. Only what tells of the provider counts: a bad number or a handset out of reach is an answer like any
// other, and being asked for a slower pace is neither health nor fault.
//
// Pace holds a sender to a rate.
package channels
