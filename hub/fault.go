package hub

import (
	"fmt"
	"runtime/debug"
)

// Fault tells of what panicked its kind and where, and never its words: they may hold what somebody sent. It is for the
// deferred function that recovers.
func Fault(panicked any) error { return fmt.Errorf("panic: %T at %s", panicked, debug.Stack()) }
