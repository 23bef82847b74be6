package hubtest

import (
	"context"
	"crypto"
	"io"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"eblagh/hub/ledger"
	"eblagh/hub/seal"
)

// SealSteps are the steps of sealing, by the name that Sealing and its kin ask At for.
var SealSteps = []string{"Lock", "Head", "Tiles", "Keys", "Standing", "Waiting", "Ready", "Append", "Sign", "Keep", "Publish"}

// Sealing is a seal.Store whose steps fail on demand. At is asked before each step.
type Sealing struct {
	seal.Store
	At func(step string) Fault
}

// Lock implements seal.Store.
func (s *Sealing) Lock(ctx context.Context) (out seal.Session, err error) {
	err = run(ctx, s.At("Lock"), func() error { out, err = s.Store.Lock(ctx); return err })
	if err != nil && out != nil {
		out.Close() // the server ends the session of a client that is gone
	}
	if err != nil || out == nil {
		return nil, err
	}
	return &sealSession{out, s.At}, nil
}

type sealSession struct {
	seal.Session
	at func(step string) Fault
}

func (s *sealSession) Head(ctx context.Context) (out seal.Head, err error) {
	err = run(ctx, s.at("Head"), func() error { out, err = s.Session.Head(ctx); return err })
	return out, err
}

func (s *sealSession) Tiles(ctx context.Context, tiles []tlog.Tile) (out [][]byte, err error) {
	err = run(ctx, s.at("Tiles"), func() error { out, err = s.Session.Tiles(ctx, tiles); return err })
	return out, err
}

func (s *sealSession) Keys(ctx context.Context) (out []ledger.Entry, err error) {
	err = run(ctx, s.at("Keys"), func() error { out, err = s.Session.Keys(ctx); return err })
	return out, err
}

func (s *sealSession) Standing(ctx context.Context) (out seal.Standing, err error) {
	err = run(ctx, s.at("Standing"), func() error { out, err = s.Session.Standing(ctx); return err })
	return out, err
}

func (s *sealSession) Waiting(ctx context.Context, limit int) (out []ledger.Receipt, now time.Time, err error) {
	err = run(ctx, s.at("Waiting"), func() error { out, now, err = s.Session.Waiting(ctx, limit); return err })
	return out, now, err
}

func (s *sealSession) Append(ctx context.Context, b seal.Batch) error {
	return run(ctx, s.at("Append"), func() error { return s.Session.Append(ctx, b) })
}

func (s *sealSession) Publish(ctx context.Context, size int64, note string) error {
	return run(ctx, s.at("Publish"), func() error { return s.Session.Publish(ctx, size, note) })
}

func (s *sealSession) Ready(ctx context.Context) error {
	return run(ctx, s.at("Ready"), func() error { return s.Session.Ready(ctx) })
}

// SealMemory is a seal.Memory whose step Keep fails on demand.
type SealMemory struct {
	seal.Memory
	At func(step string) Fault
}

// Keep implements seal.Memory.
func (m *SealMemory) Keep(ctx context.Context, note string) error {
	return run(ctx, m.At("Keep"), func() error { return m.Memory.Keep(ctx, note) })
}

// SealKey is a key whose step Sign fails on demand; one that hangs does so until Done ends.
type SealKey struct {
	crypto.Signer
	At   func(step string) Fault
	Done context.Context
}

// Sign implements crypto.Signer.
func (k *SealKey) Sign(random io.Reader, digest []byte, opts crypto.SignerOpts) (sig []byte, err error) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	defer context.AfterFunc(k.Done, cancel)()
	err = run(ctx, k.At("Sign"), func() error { sig, err = k.Signer.Sign(random, digest, opts); return err })
	return sig, err
}
