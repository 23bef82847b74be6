package dispatch

import (
	"errors"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"eblagh/hub"
)

// Quiet says when texts do not nudge. It never touches an arrival, which is service and makes no sound, nor the live
// screen, which shows only to who looks.
type Quiet struct {
	Hours hub.QuietHours
	// Override are the priorities whose texts go at any hour, besides one-time codes, which somebody waits for: as a
	// rule urgent alone, the class of orders that cannot wait for the morning.
	Override []hub.Priority
	// Spread is over how long the texts of a night go out after its end, each at a random moment of it.
	Spread time.Duration
}

func (q Quiet) check() error {
	const day = 24 * time.Hour
	switch {
	case q.Hours.From < 0 || q.Hours.From >= day || q.Hours.Until < 0 || q.Hours.Until >= day:
		return errors.New("quiet hours begin and end within a day")
	case q.Spread < 0 || q.Spread > 6*time.Hour:
		return errors.New("the texts of a night are spread over six hours at most")
	}
	return nil
}

// until tells whether a text that would begin at a moment has to wait for the end of its recipient's quiet hours, and
// until when.
func (q Quiet) until(priority hub.Priority, zone *time.Location, at time.Time) (time.Time, bool) {
	if q.Hours.Empty() || priority == hub.PriorityCode || slices.Contains(q.Override, priority) {
		return time.Time{}, false
	}
	end := q.Hours.End(at, zone)
	if !end.After(at) {
		return time.Time{}, false
	}
	return end.Add(rand.N(q.Spread + 1)).UTC(), true
}

// zones keeps what was read of the tz database. There are a few hundred zones, and a store that names others gets the
// hub's own.
type zones struct{ known sync.Map }

func (z *zones) load(name string) *time.Location {
	if zone, ok := z.known.Load(name); ok {
		return zone.(*time.Location)
	}
	zone, err := time.LoadLocation(name)
	if err != nil || name == "" {
		if zone, err = time.LoadLocation(hub.HomeZone); err != nil {
			zone = time.FixedZone(hub.HomeZone, 3*60*60+30*60) // a machine without the database: Iran changes no clocks
		}
	}
	z.known.Store(name, zone)
	return zone
}

// hush is Beginning's rule.
func (d *Dispatcher) hush(priority hub.Priority, zone string, at time.Time) (time.Time, bool) {
	return d.plan.Quiet.until(priority, d.zones.load(zone), at)
}
