package enrol

import (
	"context"
	"errors"
	"fmt"

	"github.com/alexedwards/argon2id"

	"eblagh/hub"
)

// hasher hashes peppered personal codes by argon2id, a bounded number at once: each takes its memory while it runs.
type hasher struct {
	params argon2id.Params
	slots  chan struct{}
	dummy  string // what is compared when there is nobody, so that nobody takes as long as somebody
}

func newHasher(params argon2id.Params, slots int) (*hasher, error) {
	if params == (argon2id.Params{}) {
		params = argon2id.Params{Memory: 19 * 1024, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}
	}
	if params.Memory < 8 || params.Memory > 1<<20 || params.Iterations < 1 || params.Parallelism < 1 ||
		params.SaltLength < 8 || params.KeyLength < 16 {
		return nil, errors.New("hash cost is out of bounds")
	}
	if slots <= 0 {
		slots = 4
	}
	dummy, err := argon2id.CreateHash("nobody", &params)
	if err != nil {
		return nil, fmt.Errorf("hash: %w", err)
	}
	return &hasher{params: params, slots: make(chan struct{}, slots), dummy: dummy}, nil
}

func (h *hasher) hash(ctx context.Context, secret string) (string, error) {
	if err := h.enter(ctx); err != nil {
		return "", err
	}
	defer h.leave()
	hash, err := argon2id.CreateHash(secret, &h.params)
	if err != nil {
		return "", fmt.Errorf("hash: %w", err)
	}
	return hash, nil
}

// matches compares; an empty hash matches nothing and takes as long.
func (h *hasher) matches(ctx context.Context, secret, hash string) (bool, error) {
	if err := h.enter(ctx); err != nil {
		return false, err
	}
	defer h.leave()
	against := hash
	if against == "" {
		against = h.dummy
	}
	same, err := argon2id.ComparePasswordAndHash(secret, against)
	if err != nil {
		return false, fmt.Errorf("compare: %w", err)
	}
	return same && hash != "", nil
}

func (h *hasher) enter(ctx context.Context) error {
	select {
	case h.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return &hub.Error{Code: hub.CodeOverloaded, Detail: "too many people at once; try again", Cause: ctx.Err()}
	}
}

func (h *hasher) leave() { <-h.slots }
