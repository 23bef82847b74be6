package main

import (
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"eblagh/channels"
	"eblagh/hub"
	"eblagh/hub/ladder"
)

// metrics counts what happens. Labels are closed sets: routes, lanes, outcomes, reasons; never persons.
type metrics struct {
	registry  *prometheus.Registry
	requests  *prometheus.HistogramVec
	accepted  *prometheus.CounterVec
	moved     *prometheus.CounterVec
	attempted *prometheus.CounterVec
	arrived   *prometheus.HistogramVec
	retried   *prometheus.CounterVec
	reached   *prometheus.HistogramVec
	refused   *prometheus.CounterVec
	climbed   *prometheus.CounterVec
	besieged  prometheus.Counter
}

func newMetrics() *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "eblagh_http_request_seconds",
			Help: "Time to answer, by route and status.", Buckets: prometheus.DefBuckets}, []string{"route", "status"}),
		accepted: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "eblagh_notices_accepted_total",
			Help: "Papers accepted durably, by priority."}, []string{"priority"}),
		moved: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "eblagh_deliveries_moved_total",
			Help: "Deliveries that reached a state, by channel."}, []string{"channel", "status"}),
		attempted: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "eblagh_attempts_total",
			Help: "Attempts by provider, outcome and reason."}, []string{"provider", "outcome", "reason"}),
		arrived: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "eblagh_arrival_seconds",
			Help: "Time from acceptance to arrival in the inbox, by priority.", Buckets: prometheus.ExponentialBuckets(0.005, 2, 16)},
			[]string{"priority"}),
		retried: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "eblagh_retries_total",
			Help: "Attempts after which another one follows, by priority."}, []string{"priority"}),
		reached: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "eblagh_handset_seconds",
			Help: "Time from acceptance to the handset's confirmation, by priority.", Buckets: prometheus.ExponentialBuckets(0.25, 2, 20)},
			[]string{"priority"}),
		refused: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "eblagh_refused_calls_total",
			Help: "Calls turned away because the hub cannot keep up, by why."}, []string{"why"}),
		climbed: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "eblagh_rungs_total",
			Help: "What due rungs of the informing ladder did: text, hand, fails, stop or wait."}, []string{"rung", "effect"}),
		besieged: prometheus.NewCounter(prometheus.CounterOpts{Name: "eblagh_sign_in_besieged_total",
			Help: "Tries of strangers that were counted narrowly, because too many tried elsewhere."}),
	}
	m.registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		m.requests, m.accepted, m.moved, m.attempted, m.arrived, m.retried, m.reached, m.refused, m.climbed,
		m.besieged)
	return m
}

func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

// gauge adds a figure that is read when asked for.
func (m *metrics) gauge(name, help string, read func() float64) {
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, read))
}

// providers shows the circuits of the providers of texts.
func (m *metrics) providers(read func() []channels.State) {
	for i, s := range read() {
		m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "eblagh_provider_open",
			Help:        "1 while a provider's circuit is open, 0.5 while probes try it, 0 while texts flow.",
			ConstLabels: prometheus.Labels{"provider": s.Provider}}, func() float64 { return openness(read()[i].Phase) }))
	}
}

func openness(p channels.Phase) float64 {
	switch p {
	case channels.Open:
		return 1
	case channels.HalfOpen:
		return 0.5
	}
	return 0
}

// Observe counts an answered call.
func (m *metrics) observe(route string, status int, took time.Duration) {
	m.requests.WithLabelValues(route, strconv.Itoa(status)).Observe(took.Seconds())
}

// Accepted implements dispatch.Meter.
func (m *metrics) Accepted(p hub.Priority, n int) {
	m.accepted.WithLabelValues(string(p)).Add(float64(n))
}

// Moved implements dispatch.Meter.
func (m *metrics) Moved(ch hub.Channel, to hub.DeliveryStatus, n int) {
	m.moved.WithLabelValues(string(ch), string(to)).Add(float64(n))
}

// Attempted implements dispatch.Meter.
func (m *metrics) Attempted(provider string, o hub.Outcome, r hub.Reason, n int) {
	m.attempted.WithLabelValues(provider, string(o), string(r)).Add(float64(n))
}

// Climbed implements ladder.Meter.
func (m *metrics) Climbed(rung string, effect ladder.Effect, n int) {
	m.climbed.WithLabelValues(rung, string(effect)).Add(float64(n))
}

// Arrived implements dispatch.Meter.
func (m *metrics) Arrived(p hub.Priority, after time.Duration) {
	m.arrived.WithLabelValues(string(p)).Observe(after.Seconds())
}

// Retried implements dispatch.Meter.
func (m *metrics) Retried(p hub.Priority, n int) {
	m.retried.WithLabelValues(string(p)).Add(float64(n))
}

// Reached implements dispatch.Meter.
func (m *metrics) Reached(p hub.Priority, after time.Duration) {
	m.reached.WithLabelValues(string(p)).Observe(after.Seconds())
}
