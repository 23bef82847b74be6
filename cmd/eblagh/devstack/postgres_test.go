package devstack

import "testing"

func TestPostgresTakesAQuarterOfTheMemory(t *testing.T) {
	for machine, want := range map[int]int{0: 128, 512: 128, 2048: 512, 24_000: 1024} {
		if got := sharedBuffers(machine); got != want {
			t.Errorf("%d MB of %d, want %d", got, machine, want)
		}
	}
	if memory() < 128 {
		t.Errorf("this machine has %d MB", memory())
	}
}
