package hub

import "time"

// QuietHours are the hours of a person's own clock in which no text nudges them. They go from From until Until, each
// counted from midnight, over midnight when From is the later; equal ones are no quiet hours at all. What is shown only
// to who looks, such as the inbox and the live screen, knows none.
type QuietHours struct {
	From, Until time.Duration
}

// Empty reports whether no hour is quiet.
func (q QuietHours) Empty() bool { return q.From == q.Until }

// End gives the first moment from at on that is not quiet where the person is: at itself, when it is not.
func (q QuietHours) End(at time.Time, zone *time.Location) time.Time {
	for t := at.In(zone); ; {
		clock := clockOf(t)
		if !q.cover(clock) {
			return t
		}
		left := q.Until - clock
		if left < 0 {
			left += 24 * time.Hour
		}
		end := t.Add(left)
		_, change := t.ZoneBounds()
		if change.IsZero() || end.Before(change) {
			return end
		}
		t = change // the clock is put forward or back in between: what it shows then decides
	}
}

// cover reports whether a clock shows a quiet hour.
func (q QuietHours) cover(clock time.Duration) bool {
	if q.From <= q.Until {
		return q.From <= clock && clock < q.Until
	}
	return clock >= q.From || clock < q.Until
}

// clockOf is what a clock shows, counted from midnight.
func clockOf(t time.Time) time.Duration {
	h, m, s := t.Clock()
	return time.Duration(h)*time.Hour + time.Duration(m)*time.Minute + time.Duration(s)*time.Second +
		time.Duration(t.Nanosecond())
}
