package channels

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// In any stretch of time no more is given than the rate and one capacity; what is kept for urgent texts is never given to
// others; and who waits as long as told gets something.
func TestATankKeepsItsRate(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := shapeOf(rapid.Float64Range(0.1, 1000).Draw(t, "rate"), rapid.Float64Range(0.01, 0.9).Draw(t, "urgent"))
		if s.floor < 1 || s.capacity-s.floor < 1 {
			t.Fatalf("no room for everybody: %+v", s)
		}
		var tank tank
		now := began
		given, past := 0, time.Duration(0)
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			later := time.Duration(rapid.Int64Range(-int64(time.Second), int64(3*time.Second)).Draw(t, "later"))
			now, past = now.Add(later), past+max(0, later)
			urgent, want := rapid.Bool().Draw(t, "is urgent"), rapid.IntRange(1, 500).Draw(t, "want")
			n, wait := tank.take(s, now, urgent, want)
			given += n
			if n > want || n == 0 && wait <= 0 {
				t.Fatalf("%d of %d, then wait %v", n, want, wait)
			}
			if tank.tokens < -1e-6 || !urgent && n > 0 && tank.tokens < s.floor-1e-6 {
				t.Fatalf("%v is left of %+v", tank.tokens, s)
			}
			if n == 0 {
				now, past = now.Add(wait+time.Microsecond), past+wait+time.Microsecond
				if n, _ = tank.take(s, now, urgent, 1); n != 1 {
					t.Fatalf("nothing after the wait of %v", wait)
				}
				given++
			}
			if allowed := s.floor + s.rate*past.Seconds(); float64(given) > allowed+1e-3 {
				t.Fatalf("%d given in %v, allowed are %v", given, past, allowed)
			}
		}
	})
}

func TestATankOverTime(t *testing.T) {
	s, tank, now := shapeOf(100, 0.2), tank{}, began
	given, urgent := 0, 0
	for range 10_000 { // 10 s
		n, _ := tank.take(s, now, false, 1000)
		given += n
		now = now.Add(time.Millisecond)
	}
	if given != 999 && given != 1000 {
		t.Errorf("%d given in 10 s at 100 a second", given)
	}
	if urgent, _ = tank.take(s, now, true, 1000); urgent != 5 {
		t.Errorf("%d were kept for urgent texts, want a fifth of 25", urgent)
	}
	if n, wait := tank.take(s, now, false, 1); n != 0 || wait < 50*time.Millisecond {
		t.Errorf("others got %d, and wait %v: what is kept must fill first", n, wait)
	}
}
