package main

import (
	"context"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"eblagh/hub/postgres"
)

const (
	figuresAge     = 5 * time.Second // scrapes come often and from many sides
	figuresTimeout = 3 * time.Second
	figuresLimit   = 10_000 // bounds what counting costs
)

// figures are the gauges that the database tells when somebody scrapes, whatever the process: so every worker shows the
// same, and a reader takes the greatest. Labels are closed sets.
type figures struct {
	read func(ctx context.Context, limit int) (postgres.Figures, error)

	age, deliveries, parked, dead, holds, drafts, draftAge, keys, unended, up *prometheus.Desc

	mu    sync.Mutex
	at    time.Time
	last  postgres.Figures
	known bool
}

func newFigures(read func(context.Context, int) (postgres.Figures, error)) *figures {
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc(name, help, labels, nil)
	}
	return &figures{read: read,
		age: desc("eblagh_queue_age_seconds", "For how long the oldest delivery due has waited, by channel and priority.",
			"channel", "priority"),
		deliveries: desc("eblagh_queue_deliveries", "Deliveries under way, by channel, priority and status, counted to 10000; held: due and covered by a hold.",
			"channel", "priority", "status"),
		parked: desc("eblagh_reports_parked", "Reports that wait for the outcome of their attempt, counted to 10000."),
		dead:   desc("eblagh_deliveries_dead", "Texts that failed or expired within a day and were not replayed, counted to 10000."),
		holds:  desc("eblagh_holds", "Holds in force."),
		drafts: desc("eblagh_drafts_waiting", "Papers that wait for a second pair of eyes, by priority, counted to 10000.", "priority"),
		draftAge: desc("eblagh_drafts_age_seconds", "For how long the oldest paper has waited for a second pair of eyes, by priority.",
			"priority"),
		keys:    desc("eblagh_api_keys_ending", "Keys in use that end within 30 days, counted to 10000."),
		unended: desc("eblagh_trail_unended", "Changes that were begun and whose end nobody recorded, of those noted within a day, counted to 10000."),
		up:      desc("eblagh_figures_up", "1 while the database tells these figures.")}
}

// Describe implements prometheus.Collector.
func (f *figures) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{f.age, f.deliveries, f.parked, f.dead, f.holds, f.drafts, f.draftAge, f.keys, f.unended, f.up} {
		out <- d
	}
}

// Collect implements prometheus.Collector. Without the database it tells nothing but that.
func (f *figures) Collect(out chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	now, ok := f.now()
	gauge(f.up, oneIf(ok))
	if !ok {
		return
	}
	for _, lane := range now.Lanes {
		channel, priority := string(lane.Lane.Channel), string(lane.Lane.Priority)
		gauge(f.age, lane.OldestDue.Seconds(), channel, priority)
		for status, n := range lane.Counts {
			gauge(f.deliveries, float64(n), channel, priority, string(status))
		}
	}
	gauge(f.parked, float64(now.Parked))
	gauge(f.dead, float64(now.Dead))
	gauge(f.holds, float64(now.Holds))
	for _, d := range now.Drafts {
		gauge(f.drafts, float64(d.Count), string(d.Priority))
		gauge(f.draftAge, d.Oldest.Seconds(), string(d.Priority))
	}
	gauge(f.keys, float64(now.KeysEnding))
	gauge(f.unended, float64(now.Unended))
}

func (f *figures) now() (postgres.Figures, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if time.Since(f.at) < figuresAge {
		return f.last, f.known
	}
	ctx, cancel := context.WithTimeout(context.Background(), figuresTimeout)
	defer cancel()
	var err error
	f.last, err = f.read(ctx, figuresLimit)
	f.at, f.known = time.Now(), err == nil
	return f.last, f.known
}
