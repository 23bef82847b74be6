package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"eblagh/hub"
	"eblagh/hub/seal"
)

// startSeal begins to seal receipts, and to have checkpoints stamped.
func (a *App) startSeal() error {
	if !a.o.Parts.seal {
		return nil
	}
	c := a.o.Config
	keys, err := seal.OpenOrCreateKeys(c.Ledger.KeyFile)
	if err != nil {
		return fmt.Errorf("ledger.key_file: %w", err)
	}
	signers, retired, err := keys.Signers(c.LogOrigin())
	if err != nil {
		return fmt.Errorf("ledger.origin: %w", err)
	}
	writer, err := seal.New(seal.Options{Store: a.domain.db.Sealing(), Origin: c.LogOrigin(), Signers: signers, Retired: retired,
		Memory: seal.NewFile(c.Ledger.CheckpointFile), Logger: a.log, Meter: newSealMeter(a.metrics.registry)})
	if err != nil {
		return err
	}
	stamper, err := a.stamper()
	if err != nil {
		return err
	}
	a.undo.loop("seal", writer.Run)
	a.startHours()
	if stamper != nil {
		a.undo.loop("stamp", stamper.Run)
	}
	return nil
}

// stamper is nil without authorities.
func (a *App) stamper() (*seal.Stamper, error) {
	l := a.o.Config.Ledger
	if len(l.TimestampURLs) == 0 {
		return nil, nil
	}
	o := seal.StamperOptions{Store: a.domain.db, URLs: l.TimestampURLs, Every: l.TimestampEvery, Clock: hub.SystemClock, Logger: a.log}
	if l.TimestampRoots != "" {
		pem, err := os.ReadFile(l.TimestampRoots)
		if err != nil {
			return nil, fmt.Errorf("ledger.timestamp_roots: %w", err)
		}
		if o.Authorities, err = seal.NewAuthorities(pem); err != nil {
			return nil, fmt.Errorf("ledger.timestamp_roots: %w", err)
		}
	}
	return seal.NewStamper(o), nil
}

// logKey is the log's newest public key, "" where there is none yet.
func (a *App) logKey() (string, error) {
	keys, err := seal.OpenKeys(a.o.Config.Ledger.KeyFile)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	signers, _, err := keys.Signers(a.o.Config.LogOrigin())
	if err != nil {
		return "", err
	}
	return signers[0].VerifierKey(), nil
}

// sealMeter counts what is sealed.
type sealMeter struct {
	receipts, failed prometheus.Counter
	oldest, size     prometheus.Gauge
}

func newSealMeter(r *prometheus.Registry) *sealMeter {
	m := &sealMeter{
		receipts: prometheus.NewCounter(prometheus.CounterOpts{Name: "eblagh_receipts_sealed_total", Help: "Receipts sealed into the log."}),
		failed: prometheus.NewCounter(prometheus.CounterOpts{Name: "eblagh_seal_failures_total",
			Help: "Times that the writer of the log began anew."}),
		oldest: prometheus.NewGauge(prometheus.GaugeOpts{Name: "eblagh_sealed_age_seconds",
			Help: "How long the oldest receipt of the last batch had waited."}),
		size: prometheus.NewGauge(prometheus.GaugeOpts{Name: "eblagh_log_entries", Help: "Entries of the log."}),
	}
	r.MustRegister(m.receipts, m.failed, m.oldest, m.size)
	return m
}

// Sealed implements seal.Meter.
func (m *sealMeter) Sealed(receipts int, oldest time.Duration, size int64) {
	m.receipts.Add(float64(receipts))
	m.oldest.Set(oldest.Seconds())
	m.size.Set(float64(size))
}

// Failed implements seal.Meter.
func (m *sealMeter) Failed() { m.failed.Inc() }
