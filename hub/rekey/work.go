package rekey

import (
	"context"
	"slices"
	"time"

	"eblagh/hub/vault"
)

// Work rewrites what is sealed under old keys, and fills new indexes, until ctx ends. It rests for as long as each batch
// took, so that those who submit and enrol keep at least half of what it uses.
func (k *Keeper) Work(ctx context.Context) error {
	for failing := false; ; {
		rest := k.o.Every
		if k.working() {
			began := time.Now()
			worked, err := k.o.Store.Step(ctx, sealer{k.o.Vault})
			if err != nil && !failing && ctx.Err() == nil {
				k.o.Logger.Error("cannot rewrite what is sealed under an old key", "error", err)
			}
			failing = err != nil
			if worked && err == nil {
				rest = max(time.Since(began), time.Millisecond)
			}
		}
		timer := time.NewTimer(rest)
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil
		case <-timer.C:
		}
	}
}

// Step rewrites one batch. It is what Work does again and again.
func (k *Keeper) Step(ctx context.Context) (worked bool, err error) {
	return k.o.Store.Step(ctx, sealer{k.o.Vault})
}

// working tells whether there is anything to do, and this process the one that can.
func (k *Keeper) working() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.lack == nil && slices.ContainsFunc(k.uses, func(u vault.KeyUse) bool {
		return u.State == vault.KeyOld || u.State == vault.KeyRetired
	})
}

type sealer struct{ vault *vault.Vault }

func (s sealer) Reseal(ct []byte, context string) ([]byte, error) {
	plain, err := s.vault.Open(ct, context)
	if err != nil {
		return nil, err
	}
	return s.vault.Seal(plain, context), nil
}

func (s sealer) Index(kind string, ct []byte, context string) (vault.Blind, error) {
	plain, err := s.vault.Open(ct, context)
	if err != nil {
		return vault.Blind{}, err
	}
	return s.vault.Blind(kind, string(plain)), nil
}
