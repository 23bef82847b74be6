package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"path/filepath"
	"sync/atomic"
	"time"

	"golang.org/x/mod/sumdb/tlog"
	"golang.org/x/sync/errgroup"

	"eblagh/hub"
	"eblagh/hub/dispatch"
	"eblagh/hub/postgres"
	"eblagh/hub/seal"
	"eblagh/hub/vault"
)

// rawFlow runs the statements of flow over pgx alone, on the hub's database once the hub has stopped: the same rows in
// transactions of the same sizes, four callers and the log's writer at once. There is no HTTP, no trail, nothing is encrypted for each paper, nothing hashed or signed. It gives notices a second.
func (r *rig) rawFlow(ctx context.Context, people []person, notices int) (float64, error) {
	db, err := postgres.Open(ctx, postgres.Options{URL: r.stack.Postgres.SocketURL()})
	if err != nil {
		return 0, err
	}
	defer db.Close()
	raw := &rawFlow{db: db, people: people, total: int64(notices)}
	if err := raw.prepare(ctx, r); err != nil {
		return 0, err
	}
	group, ctx := errgroup.WithContext(ctx)
	began := time.Now()
	for range 4 {
		group.Go(func() error { return raw.accept(ctx) })
	}
	group.Go(func() error { return raw.seal(ctx) })
	err = group.Wait()
	return float64(notices) / time.Since(began).Seconds(), err
}

// rawFlow is such a run.
type rawFlow struct {
	db        *postgres.DB
	people    []person
	total     int64
	submitter hub.ID
	text      []byte // ciphertext of all papers
	rung      hub.Rung
	session   seal.Session
	size      int64 // of the log

	begun, sealed atomic.Int64
}

func (f *rawFlow) prepare(ctx context.Context, r *rig) error {
	keys, err := vault.Open(filepath.Join(r.dir, "data", "vault.key"))
	if err != nil {
		return err
	}
	f.text = keys.SealText("اخطاریه نمونه برای سنجش", "bench")
	if err := r.sql.QueryRow(ctx, `SELECT submitter, (SELECT coalesce(max(size), 0) FROM log_checkpoints) FROM notices
		WHERE reference LIKE 'flow-%' LIMIT 1`).Scan((*[16]byte)(&f.submitter), &f.size); err != nil {
		return err
	}
	err = r.sql.QueryRow(ctx, `SELECT ladder, rung FROM timers WHERE kind = 'ladder' LIMIT 1`).Scan(&f.rung.Ladder, &f.rung.Name)
	if err != nil {
		return fmt.Errorf("the rung that arrivals wait for: %w", err)
	}
	f.rung.After = 72 * time.Hour
	f.session, err = f.db.Sealing().Lock(ctx)
	if err == nil && f.session == nil {
		err = errors.New("the log has another writer")
	}
	return err
}

// batch is as many papers as one call of flow brings.
func (f *rawFlow) batch(first int64) dispatch.Intake {
	in, now := dispatch.Intake{Submitter: f.submitter, Actor: hub.Actor{Kind: hub.ActorKey, ID: f.submitter}}, time.Now()
	sum := fmt.Sprintf("%x", sha256.Sum256(f.text))
	for n := first; n < first+flowBatch; n++ {
		number := fmt.Sprintf("14031234568%07d", n/4)
		key := dispatch.CaseKey{Branch: f.submitter, Number: number}
		if n%4 == 0 {
			in.Cases = append(in.Cases, dispatch.AcceptCase{ID: hub.NewID(now), Key: key, Typed: number})
		}
		in.Papers = append(in.Papers, dispatch.AcceptPaper{Notice: hub.NewID(now), Receipt: hub.NewID(now), Inbox: hub.NewID(now), Case: key,
			Paper: dispatch.Paper{Reference: fmt.Sprintf("raw-%08d", n), Kind: "hearing_notice", Capacity: "defendant", Priority: hub.PriorityNormal,
				Channels: []hub.Channel{hub.ChannelInbox, hub.ChannelLive}},
			Recipient: f.people[n%int64(len(f.people))].id, SubjectCT: f.text, BodyCT: f.text,
			AtOnce: dispatch.Consignment{Receipt: hub.NewID(now), Timer: hub.NewID(now), Rung: f.rung, Follows: true},
			Parts:  dispatch.Parts{Subject: sum, Body: sum, Documents: []string{}}, Request: bytes.Repeat([]byte{byte(n)}, sha256.Size)})
	}
	return in
}

func (f *rawFlow) accept(ctx context.Context) error {
	number := func(_ time.Time, n int64) (string, error) { return fmt.Sprintf("1405%014d", n), nil }
	for {
		first := f.begun.Add(flowBatch) - flowBatch
		if first >= f.total {
			return nil
		}
		if _, err := f.db.Accept(ctx, f.batch(first), number); err != nil {
			return err
		}
	}
}

// seal moves receipts from the queue into the log, under heads that say nothing.
func (f *rawFlow) seal(ctx context.Context) error {
	defer f.session.Close()
	for f.sealed.Load() < 2*f.total {
		receipts, now, err := f.session.Waiting(ctx, 4096)
		if err != nil {
			return err
		}
		if len(receipts) == 0 {
			time.Sleep(time.Millisecond) // nothing to seal yet
			continue
		}
		b := seal.Batch{Before: f.size, Head: seal.Head{Tree: tlog.Tree{N: f.size + int64(len(receipts))}, Time: now}}
		for _, receipt := range receipts {
			b.Receipts = append(b.Receipts, receipt.ID)
		}
		if err := f.session.Append(ctx, b); err != nil {
			return err
		}
		f.size = b.Head.N
		if err := f.session.Publish(ctx, f.size, "unsigned"); err != nil {
			return err
		}
		f.sealed.Add(int64(len(receipts)))
	}
	return nil
}
