package config

import (
	"fmt"
	"slices"
	"time"
)

// Hours gives the beginning and the end of the quiet hours, each counted from midnight. Settings that were loaded are
// right.
func (q QuietHours) Hours() (from, until time.Duration) {
	from, _ = clock(q.From)
	until, _ = clock(q.Until)
	return from, until
}

// clock reads 15:04 as the time since midnight.
func clock(text string) (time.Duration, error) {
	t, err := time.Parse("15:04", text)
	if err != nil {
		return 0, err
	}
	return time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute, nil
}

func (q QuietHours) check(p *problems) {
	const key = "delivery.quiet_hours."
	for name, text := range map[string]string{"from": q.From, "until": q.Until} {
		if _, err := clock(text); err != nil {
			p.add(key+name, fmt.Sprintf("%q", text), "must be a time of the day, as in 22:00")
		}
	}
	for i, priority := range q.Override {
		if !slices.Contains([]string{"urgent", "normal", "bulk"}, priority) {
			p.add(fmt.Sprintf("%soverride[%d]", key, i), fmt.Sprintf("%q", priority), "must be one of urgent, normal, bulk")
		}
	}
	if q.Spread < 0 || q.Spread > 6*time.Hour {
		p.add(key+"spread", q.Spread, "must be from 0s to 6h")
	}
}

const (
	mostRetries = 10
	longestWait = 7 * 24 * time.Hour
)

func (r Retries) check(p *problems) {
	for priority, waits := range map[string][]time.Duration{
		"code": r.SMS.Code, "urgent": r.SMS.Urgent, "normal": r.SMS.Normal, "bulk": r.SMS.Bulk,
	} {
		key := "delivery.retries.sms." + priority
		if len(waits) > mostRetries {
			p.add(key, len(waits), fmt.Sprintf("must have at most %d waits", mostRetries))
		}
		for i, wait := range waits {
			if wait <= 0 || wait > longestWait {
				p.add(fmt.Sprintf("%s[%d]", key, i), wait, "must be above zero and not above "+longestWait.String())
			}
		}
	}
}
