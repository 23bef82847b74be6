package main

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"math/big"
	"path/filepath"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"golang.org/x/mod/sumdb/tlog"

	"eblagh/hub/ledger"
	"eblagh/hub/postgres"
	"eblagh/hub/seal"
)

const sealOrigin = "ledger.example/test"

// What the log must keep up with, and what a proof may cost.
const (
	leavesGoal = 10_000.0 // per second
	proofGoal  = 10 * time.Millisecond
	proofBytes = 4096.0
	proofs     = 500
)

// makeReceipts writes receipts as arrivals do, all at once; the database puts them into the queue.
const makeReceipts = `INSERT INTO receipts (id, event, at, notice, submitter, case_id, recipient, capacity, actor_kind, channel, details)
	SELECT (lpad(to_hex((extract(epoch FROM now()) * 1000)::bigint + n / 1000), 12, '0') || '7' || substr(md5(n::text), 1, 19))::uuid,
		'ContentConsignment', hub_now(), gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 'defendant',
		'system', 'inbox', jsonb_build_object('parts', jsonb_build_object('subject', md5(n::text), 'body', md5(n::text), 'documents',
			jsonb_build_array(md5(n::text))))
	FROM generate_series($1::bigint, $2::bigint) AS n`

// measureSealing: the log's writer alone, on a database of its own, and proofs out of the log that it leaves.
func measureSealing(ctx context.Context, b *bench) ([]row, error) {
	receipts := b.size(1_000_000, 50_000)
	r, err := b.newRig(ctx, "api")
	if err != nil {
		return nil, err
	}
	defer r.stop()
	url, err := r.database(ctx, "bench_log")
	if err != nil {
		return nil, err
	}
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return nil, err
	}
	defer conn.Close(ctx)
	const step = 50_000
	for first := 1; first <= receipts; first += step {
		if _, err := conn.Exec(ctx, makeReceipts, first, min(first+step-1, receipts)); err != nil {
			return nil, fmt.Errorf("make receipts: %w", err)
		}
	}
	if _, err := conn.Exec(ctx, `ANALYZE`); err != nil { // as autovacuum would have meanwhile
		return nil, err
	}
	db, err := postgres.Open(ctx, postgres.Options{URL: url})
	if err != nil {
		return nil, err
	}
	defer db.Close()
	rate, err := r.sealAll(ctx, db, receipts)
	if err != nil {
		return nil, err
	}
	took, size, err := prove(ctx, db)
	if err != nil {
		return nil, err
	}
	return []row{
		{"receipts sealed", rate, "receipts/s", leavesGoal, rate / leavesGoal, "≥ 10,000/s", rate >= leavesGoal},
		{fmt.Sprintf("proof of one of %d receipts, p99", receipts), float64(took.Microseconds()) / 1000, "ms",
			float64(proofGoal.Milliseconds()), took.Seconds() / proofGoal.Seconds(), "< 10 ms", took < proofGoal},
		{"largest proof", size, "bytes", proofBytes, size / proofBytes, "< 4 KB", size < proofBytes},
	}, nil
}

// counter ends the writer when it has sealed everything.
type counter struct {
	left int
	done context.CancelFunc
	last time.Time
}

// Sealed implements seal.Meter.
func (c *counter) Sealed(receipts int, _ time.Duration, _ int64) {
	if c.left -= receipts; c.left == 0 {
		c.last = time.Now()
		c.done()
	}
}

// Failed implements seal.Meter.
func (c *counter) Failed() {}

func (r *rig) sealAll(ctx context.Context, db *postgres.DB, receipts int) (float64, error) {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return 0, err
	}
	signer, err := ledger.NewSigner(sealOrigin, key)
	if err != nil {
		return 0, err
	}
	running, cancel := context.WithCancel(ctx)
	defer cancel()
	count := &counter{left: receipts, done: cancel}
	writer, err := seal.New(seal.Options{Store: db.Sealing(), Origin: sealOrigin, Signers: []*ledger.Signer{signer},
		Memory: seal.NewFile(filepath.Join(r.dir, "bench.checkpoint")), Logger: slog.New(slog.DiscardHandler), Meter: count})
	if err != nil {
		return 0, err
	}
	began := time.Now()
	_ = writer.Run(running)
	if count.left != 0 {
		return 0, errors.Join(errors.New("not everything was sealed"), ctx.Err())
	}
	return float64(receipts) / count.last.Sub(began).Seconds(), nil
}

// prove proves entries at random, each from the database alone, and gives the slow end of the times and the longest.
func prove(ctx context.Context, db *postgres.DB) (p99 time.Duration, largest float64, err error) {
	log := db.Log()
	head, err := log.Head(ctx)
	if err != nil {
		return 0, 0, err
	}
	var times []time.Duration
	for range proofs {
		index, err := rand.Int(rand.Reader, big.NewInt(head.N))
		if err != nil {
			return 0, 0, err
		}
		began := time.Now()
		proof, err := ledger.ProveInclusion(head.Tree, index.Int64(), ledger.Tiles(head.Tree, func(tiles []tlog.Tile) ([][]byte, error) {
			return log.Tiles(ctx, tiles)
		}))
		if err != nil {
			return 0, 0, err
		}
		times = append(times, time.Since(began))
		largest = max(largest, float64(len(proof)*tlog.HashSize))
	}
	slices.Sort(times)
	return times[len(times)*99/100], largest, nil
}
