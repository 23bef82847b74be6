package hub

// IdempotencyState is what beginning an idempotent call found under its key.
type IdempotencyState string

// The states. Only fresh means: go on and do it.
const (
	IdempotencyFresh    IdempotencyState = "fresh"     // nobody did it; the caller now holds the key
	IdempotencyReplay   IdempotencyState = "replay"    // done: give the stored answer
	IdempotencyInFlight IdempotencyState = "in-flight" // somebody is at it
	IdempotencyMismatch IdempotencyState = "mismatch"  // the key belongs to another request
)
