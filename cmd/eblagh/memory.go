package main

import (
	"context"
	"runtime/debug"
	gometrics "runtime/metrics"
	"time"
)

// The collector lets the heap grow to twice what is in use and gives the rest back slowly. A hub that rests, beside its
// database, gives back at once what its last burst has left.
const (
	restEvery = 10 * time.Second
	restsAt   = 4 << 20 // bytes allocated between two looks: whoever allocates less is at rest
	worthIt   = 8 << 20 // bytes allocated since memory was last given back
)

// memoryRest decides when memory is given back.
type memoryRest struct {
	allocated func() uint64 // in bytes, since the start
	giveBack  func()

	last, given uint64
}

// look is called every restEvery.
func (m *memoryRest) look() {
	now := m.allocated()
	if now-m.last < restsAt && now-m.given >= worthIt {
		m.giveBack()
		m.given = now
	}
	m.last = now
}

// startMemoryRest gives memory back while the hub rests.
func (a *App) startMemoryRest() {
	m := &memoryRest{allocated: allocated, giveBack: debug.FreeOSMemory}
	a.undo.loop("memory", every(restEvery, func(context.Context) { m.look() }))
}

func allocated() uint64 {
	sample := []gometrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	gometrics.Read(sample)
	return sample[0].Value.Uint64()
}
