package channels

import "time"

// Shape is a bucket in figures: it fills at the rate up to the capacity, and below the floor only urgent texts may take.
// bucket.lua works by the same figures.
type shape struct {
	rate     float64 // units a second
	capacity float64
	floor    float64
}

const (
	worth = 0.25 // of a second: how much of the rate a bucket holds
	share = 0.2  // of the bucket that is kept for urgent texts and codes, when nobody says another
)

// shapeOf gives every bucket room for one unit of the urgent and one of the others at least.
func shapeOf(rate, urgent float64) shape {
	s := shape{rate: rate, capacity: max(2, rate*worth)}
	s.floor = min(max(1, urgent*s.capacity), s.capacity-1)
	return s
}

// tank is a bucket of this process alone. It is pure: the time is passed in, and its owner locks. It starts with no more
// than what is kept for urgent texts, so that one that was lost gives nothing away.
type tank struct {
	tokens float64
	at     time.Time
}

// take gives up to want units, or none and the time until there is one.
func (t *tank) take(s shape, now time.Time, urgent bool, want int) (granted int, wait time.Duration) {
	switch past := now.Sub(t.at).Seconds(); {
	case t.at.IsZero():
		t.tokens = s.floor
	case past > 0: // a clock set back fills nothing
		t.tokens += past * s.rate
	}
	t.tokens, t.at = min(t.tokens, s.capacity), now
	there := t.tokens
	if !urgent {
		there -= s.floor
	}
	if there < 1 {
		return 0, time.Duration((1 - there) / s.rate * float64(time.Second))
	}
	granted = min(want, int(there))
	t.tokens -= float64(granted)
	return granted, 0
}
