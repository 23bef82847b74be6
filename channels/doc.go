// Package channels holds what the senders of texts share.
//
// Registry decides which provider takes the next slice of texts. While all is well it goes by weight. It watches what
// every slice comes to, through the sender that it hands out: a run of faults opens the provider's circuit, and the
// others carry its texts. After a pause the provider gets single texts as probes; several must go well, one after the
// other, before it counts as healthy. Then it drifts back to its weight, so that a provider that just recovered is not
// buried at once. Only what tells of the provider counts: a bad number or a handset out of reach is an answer like any
// other, and being asked for a slower pace is neither health nor fault.
//
// Urgent texts and codes go through the urgent side of a sender, where it has one.
//
// Pace holds a sender to the rate of its provider, which is one for all nodes: a Bucket in Redis that fills at the rate,
// holds a quarter of a second of it, and whose last fifth (or another stated share) only urgent texts and codes may take,
// so that these find room however much the others want. A text that goes in several messages costs as many. While Redis is
// away or slow, each node takes from a bucket of its own: the rate divided by the nodes that took from the shared one in
// the half minute before Redis said so last; two, while it never did. A bucket that was lost starts with no more than the
// urgent share. So a wiped Redis gives nothing away, and one that went costs at most one such share per node.
package channels
