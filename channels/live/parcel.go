package live

import (
	"slices"

	"eblagh/hub"
)

// parcel is what waits to be sent.
type parcel struct {
	cursors map[hub.ID]int64
	updates []hub.Nudge
	doubted []hub.ID
	all     bool
}

// messages makes the messages of each shard. Who is doubted stands in messages of their own: a process that is older
// than this record passes over those, and over no nudge.
func (r *Relay) messages(p parcel) (out [relayShards][][]byte) {
	add := func(shard int, record []byte) {
		last := len(out[shard]) - 1
		if last < 0 || len(out[shard][last])+len(record) > messageSize {
			out[shard] = append(out[shard], []byte(r.name))
			last++
		}
		out[shard][last] = append(out[shard][last], record...)
	}
	if p.all {
		for shard := range relayShards {
			add(shard, []byte{recordAll})
		}
	}
	var record []byte
	for recipient, cursor := range p.cursors {
		record = appendNudge(record[:0], hub.Nudge{Recipient: recipient, Cursor: cursor})
		add(shardOf(recipient), record)
	}
	for _, n := range p.updates {
		record = appendNudge(record[:0], n)
		add(shardOf(n.Recipient), record)
	}
	const most = (messageSize - nameSize) / (1 + len(hub.ID{}))
	for batch := range slices.Chunk(p.doubted, most) {
		message := []byte(r.name)
		for _, person := range batch {
			message = append(append(message, recordDoubt), person[:]...)
		}
		out[0] = append(out[0], message) // every node hears every shard
	}
	return out
}
