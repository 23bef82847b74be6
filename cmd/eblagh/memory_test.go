package main

import "testing"

// Memory is given back once things are quiet, and again only when it is worth it.
func TestMemoryIsGivenBackAtRest(t *testing.T) {
	var used uint64
	given := 0
	m := &memoryRest{allocated: func() uint64 { return used }, giveBack: func() { given++ }}
	for _, step := range []struct {
		what      string
		allocates uint64
		given     int
	}{
		{"a burst", 200 << 20, 0}, {"goes on", 50 << 20, 0}, {"rest", 1 << 20, 1}, {"still", 1 << 20, 1},
		{"little by little", 3 << 20, 1}, {"much by now", 3 << 20, 1}, {"over the measure", 3 << 20, 2}, {"a burst again", 10 << 20, 2}, {"and rest", 0, 3},
	} {
		used += step.allocates
		if m.look(); given != step.given {
			t.Errorf("%s: memory was given back %d times, want %d", step.what, given, step.given)
		}
	}
}
