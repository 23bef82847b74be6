package main

import "testing"

// Memory is given back once things are quiet, and again only when it is worth it.
func TestMemoryIsGivenBackAtRest(t *testing.T) {
	var used uint64
	given := 0
	m := &memoryRest{used: func() (uint64, uint64) { return used, 1 << 20 }, giveBack: func() { given++ }, setRoom: func(int) {}}
	for _, step := range []struct {
		what      string
		allocates uint64
		given     int
	}{
		{"a burst", 200 << 20, 0}, {"goes on", 50 << 20, 0}, {"rest", 1 << 20, 1}, {"still", 1 << 19, 1},
		{"little by little", 1 << 20, 1}, {"over the measure", 1 << 20, 2}, {"a burst again", 10 << 20, 2}, {"and rest", 0, 3},
	} {
		used += step.allocates
		if m.look(); given != step.given {
			t.Errorf("%s: memory was given back %d times, want %d", step.what, given, step.given)
		}
	}
}

// What many idle sockets allocate is not work: a hub that has nothing but them to do gives back what they took to open.
func TestIdleSocketsAreRest(t *testing.T) {
	const live = 80 << 20
	var used uint64 = 200 << 20
	given := 0
	m := &memoryRest{used: func() (uint64, uint64) { return used, live }, giveBack: func() { given++ }, setRoom: func(int) {}}
	m.look()
	for i, want := range []int{1, 1, 1, 1, 2} { // and not every ten seconds
		used += 6 << 20
		if m.look(); given != want {
			t.Errorf("look %d: memory was given back %d times, want %d", i, given, want)
		}
	}
}

// A small heap is collected after a fixed amount, a large one when it has doubled.
func TestRoomOfTheCollector(t *testing.T) {
	for live, want := range map[uint64]int{0: 600, 16 << 20: 600, 32 << 20: 400, 40 << 20: 300, 64 << 20: 200, 128 << 20: 100, 1 << 30: 100} {
		if got := roomFor(live); got != want {
			t.Errorf("%d MB in use: %d %%, want %d %%", live>>20, got, want)
		}
	}
}
