package hub

import "time"

// Clock tells the process's time. What is recorded takes Postgres's time instead (hub_now); this one serves ids,
// waiting and expiry of things that live in memory.
type Clock func() time.Time

// SystemClock is the machine's clock, UTC, at the precision that Postgres keeps.
func SystemClock() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }
