package main

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"eblagh/hub/trail"
)

// startTrail begins to write down what is done and looked at. It ends after the doors have closed.
func (a *App) startTrail() *trail.Writer {
	w := trail.NewWriter(trail.WriterOptions{Store: a.domain.db, Wrote: a.trail.wrote})
	a.undo.add("trail", w.Close)
	return w
}

// startHours begins to close and seal the hours of the trail, where receipts are sealed.
func (a *App) startHours() {
	closer := trail.NewCloser(trail.CloserOptions{Hours: a.domain.db, Logger: a.log, Keep: a.o.Config.Trail.Keep,
		Closed: a.trail.closed})
	a.undo.loop("hours of the trail", closer.Run)
}

// unendedAfter is how long ago a change was begun that cannot be under way any more; no call takes so long.
const unendedAfter = 15 * time.Minute

// noteUnended notes what was begun in processes that died before they could tell how it ended.
func (a *App) noteUnended(ctx context.Context) {
	noted, err := a.domain.db.NoteUnended(ctx, unendedAfter, 10_000)
	switch {
	case err != nil && ctx.Err() == nil:
		a.log.Warn("cannot look for changes without an end in the trail", "error", err)
	case noted > 0:
		a.log.Warn("changes were begun and nobody recorded their end: look at GET /v1/trail?unended=true", "count", noted)
	}
}

// trailMeter counts what is written into the trail.
type trailMeter struct {
	entries prometheus.Counter
	failed  prometheus.Counter
	waited  prometheus.Histogram

	unclosed prometheus.Counter
	hour     prometheus.Gauge
}

func newTrailMeter(r *prometheus.Registry) *trailMeter {
	m := &trailMeter{
		entries: prometheus.NewCounter(prometheus.CounterOpts{Name: "eblagh_trail_entries_total", Help: "Entries written into the trail in batches."}),
		failed:  prometheus.NewCounter(prometheus.CounterOpts{Name: "eblagh_trail_failures_total", Help: "Batches that could not be written; their answers were held back."}),
		waited: prometheus.NewHistogram(prometheus.HistogramOpts{Name: "eblagh_trail_wait_seconds",
			Help: "How long the oldest entry of a batch waited to be durable.", Buckets: []float64{.001, .0025, .005, .01, .02, .05, .1, .5, 2}}),
	}
	m.unclosed = prometheus.NewCounter(prometheus.CounterOpts{Name: "eblagh_trail_close_failures_total",
		Help: "Times that an hour of the trail could not be closed."})
	m.hour = prometheus.NewGauge(prometheus.GaugeOpts{Name: "eblagh_trail_closed_hour_seconds",
		Help: "Start of the newest hour of the trail that this process has closed, in Unix time."})
	r.MustRegister(m.entries, m.failed, m.waited, m.unclosed, m.hour)
	return m
}

func (m *trailMeter) wrote(entries int, waited time.Duration, err error) {
	if err != nil {
		m.failed.Inc()
		return
	}
	m.entries.Add(float64(entries))
	m.waited.Observe(waited.Seconds())
}

func (m *trailMeter) closed(c trail.Closed, err error) {
	if err != nil {
		m.unclosed.Inc()
		return
	}
	m.hour.Set(float64(c.Hour.Unix()))
}
