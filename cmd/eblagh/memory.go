package main

import (
	"context"
	"runtime/debug"
	gometrics "runtime/metrics"
	"time"
)

// The collector would let the heap grow to twice what is in use, which is little, so that under load it runs all the time,
// on the cores that the database beside it needs, and give the rest back slowly. This gives it room, and a hub that rests
// gives back at once what its last burst has left.
const (
	restEvery = 10 * time.Second
	restsAt   = 4 << 20   // bytes allocated between two looks: whoever allocates less is at rest
	worthIt   = 2 << 20   // bytes allocated since memory was last given back
	restShare = 4         // many idle sockets are pinged and asked about: a quarter of what is in use counts as little, too
	headroom  = 128 << 20 // bytes that may be allocated between two collections, where the heap in use is smaller than that
	mostRoom  = 600       // percent of the heap in use
)

// memoryRest decides when memory is given back, and how much the collector lets grow.
type memoryRest struct {
	used     func() (allocated, live uint64) // in bytes: since the start, and after the last collection
	giveBack func()
	setRoom  func(percent int)

	last, given uint64
	room        int
}

// look is called every restEvery.
func (m *memoryRest) look() {
	now, live := m.used()
	if room := roomFor(live); room != m.room {
		m.setRoom(room)
		m.room = room
	}
	if now-m.last < max(restsAt, live/restShare) && now-m.given >= max(worthIt, live/restShare) {
		m.giveBack()
		m.given = now
	}
	m.last = now
}

// roomFor is by how many percent of itself a heap may grow before it is collected, in steps of fifty.
func roomFor(live uint64) int {
	percent := int(100 * headroom / max(live, 1))
	return max(100, min(percent, mostRoom)/50*50)
}

// startMemoryRest gives memory back while the hub rests.
func (a *App) startMemoryRest() {
	m := &memoryRest{used: heapUsed, giveBack: debug.FreeOSMemory, setRoom: func(percent int) { debug.SetGCPercent(percent) }}
	m.look()
	a.undo.loop("memory", every(restEvery, func(context.Context) { m.look() }))
}

func heapUsed() (allocated, live uint64) {
	sample := []gometrics.Sample{{Name: "/gc/heap/allocs:bytes"}, {Name: "/gc/heap/live:bytes"}}
	gometrics.Read(sample)
	return sample[0].Value.Uint64(), sample[1].Value.Uint64()
}
