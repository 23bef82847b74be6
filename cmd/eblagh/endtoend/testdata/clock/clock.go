// Package hub, for the nodes of fault tests: this file takes the place of hub/clock.go in the binary that is built for
// them, by an overlay of the build, and lets a test set a node's clock forward and back.
package hub

import (
	"os"
	"strings"
	"sync"
	"time"
)

// Clock tells the process's time.
type Clock func() time.Time

// shifted is how far the clock is off: what the file that EBLAGH_TEST_CLOCK names says, looked at now and then.
var shifted struct {
	sync.Mutex
	looked time.Time
	by     time.Duration
}

// SystemClock is the machine's clock, shifted.
func SystemClock() time.Time {
	const often = 20 * time.Millisecond
	shifted.Lock()
	defer shifted.Unlock()
	if now := time.Now(); now.Sub(shifted.looked) > often {
		shifted.looked = now
		if text, err := os.ReadFile(os.Getenv("EBLAGH_TEST_CLOCK")); err == nil {
			if by, err := time.ParseDuration(strings.TrimSpace(string(text))); err == nil {
				shifted.by = by
			}
		}
	}
	return time.Now().Add(shifted.by).UTC().Truncate(time.Microsecond)
}
