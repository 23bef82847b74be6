package hub

import "time"

// Quota is how often something may be done. Within zero: at once.
type Quota struct {
	Name   string
	Most   int
	Within time.Duration
}
