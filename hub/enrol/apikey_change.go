package enrol

import (
	"cmp"
	"context"
	"sync"
	"time"

	"eblagh/hub"
	"eblagh/hub/access"
)

// ListedKey is a key as those see it who look after it. Its secret nobody sees.
type ListedKey struct {
	ID           hub.ID
	Name         string
	Role         hub.Role
	Organisation hub.ID
	Mode         string
	Scopes       []access.Scope
	CreatedAt    time.Time
	ExpiresAt    time.Time
	RevokedAt    time.Time // zero: in force
	LastUsedAt   time.Time // to the minute; zero: never used
	OverlapUntil time.Time // until when the secret before the last rotation holds; zero: it does not
}

// KeyFilter chooses a page of keys.
type KeyFilter struct {
	All           bool // also those of no organisation
	Organisations []hub.ID
	ID            hub.ID // this one alone; zero: any
	Before        hub.ID // only ids below; zero: from the newest
	Limit         int
}

// The most keys that one page has.
const maxKeys = 200

// Keys lists keys, newest first: those of the organisations whose head or manager the principal is, or all. One more than
// limit says that there is another page. Errors: unauthorized, forbidden.
func (e *Enroller) Keys(ctx context.Context, p access.Principal, before hub.ID, limit int) ([]ListedKey, error) {
	d, err := access.May(p, access.KeyRead)
	if err != nil {
		return nil, err
	}
	return e.store.ListKeys(ctx, p, KeyFilter{All: d.Relation == access.Any, Organisations: access.Where(p, access.KeyRead),
		Before: before, Limit: min(cmp.Or(limit, maxKeys), maxKeys)})
}

// ListKeys gives every key ever made, newest first; for whoever has the command line of the instance.
func (e *Enroller) ListKeys(ctx context.Context) ([]ListedKey, error) {
	var all []ListedKey
	for before := (hub.ID{}); ; {
		page, err := e.store.ListKeys(ctx, instance, KeyFilter{All: true, Before: before, Limit: maxKeys})
		if all = append(all, page...); err != nil || len(page) < maxKeys {
			return all, err
		}
		before = page[len(page)-1].ID
	}
}

// How long the secret before may hold after a rotation.
const (
	KeyOverlap     = 7 * 24 * time.Hour
	LongestOverlap = 30 * 24 * time.Hour
)

// Rotation puts a new secret in the place of the one in force.
type Rotation struct {
	Key       hub.ID
	Hash      []byte
	Overlap   time.Duration // how long the one before still holds; 0: no longer
	ExpiresAt time.Time
}

// RotateKey gives a key a new secret and a new lifetime. The plain key is told this once. Both secrets hold for the
// overlap; while that runs, only a rotation without one is possible, which ends all others at once.
// Errors: unauthorized, forbidden, not-found, validation, wrong-state.
func (e *Enroller) RotateKey(ctx context.Context, p access.Principal, id hub.ID, overlap time.Duration) (plain string, k ListedKey, err error) {
	if err := e.decideOnKey(ctx, p, access.KeyRotate, id); err != nil {
		return "", k, err
	}
	return e.rotate(ctx, p, id, overlap)
}

// RotateAny is RotateKey for whoever has the command line of the instance.
func (e *Enroller) RotateAny(ctx context.Context, id hub.ID, overlap time.Duration) (plain string, k ListedKey, err error) {
	return e.rotate(ctx, instance, id, overlap)
}

func (e *Enroller) rotate(ctx context.Context, p access.Principal, id hub.ID, overlap time.Duration) (plain string, k ListedKey, err error) {
	if overlap < 0 || overlap > LongestOverlap {
		var wrong hub.Problems
		wrong.Add("/overlap_hours", "out-of-range", "the secret before holds for 30 days at most")
		return "", k, wrong.Err()
	}
	plain, hash := newSecret(e.mode)
	err = e.store.RotateKey(ctx, p, Rotation{Key: id, Hash: hash, Overlap: overlap, ExpiresAt: e.clock().Add(KeyLifetime)})
	if err != nil {
		return "", k, err
	}
	found, err := e.store.ListKeys(ctx, p, KeyFilter{All: true, ID: id, Limit: 1})
	if err != nil || len(found) == 0 {
		return plain, ListedKey{ID: id}, nil // it is rotated, and the secret is told only now
	}
	return plain, found[0], nil
}

// EndKey ends a key for good, in every process at once. Ending it again changes nothing.
// Errors: unauthorized, forbidden, not-found.
func (e *Enroller) EndKey(ctx context.Context, p access.Principal, id hub.ID) error {
	if err := e.decideOnKey(ctx, p, access.KeyRevoke, id); err != nil {
		return err
	}
	return e.store.RevokeKey(ctx, p, id)
}

// RevokeKey is EndKey for whoever has the command line of the instance. Errors: not-found.
func (e *Enroller) RevokeKey(ctx context.Context, id hub.ID) error {
	return e.store.RevokeKey(ctx, instance, id)
}

func (e *Enroller) decideOnKey(ctx context.Context, p access.Principal, action access.Action, id hub.ID) error {
	if _, err := access.May(p, action); err != nil {
		return err
	}
	organisation, err := e.store.KeyPlace(ctx, p, id)
	if err != nil {
		return err
	}
	_, err = access.Decide(p, action, access.Object{Organisation: organisation})
	return err
}

// keyUses remembers which keys were used since it was last asked. It is bounded by the keys in force.
type keyUses struct {
	mu   sync.Mutex
	last map[hub.ID]time.Time
}

func (u *keyUses) note(id hub.ID, at time.Time) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.last == nil {
		u.last = map[hub.ID]time.Time{}
	}
	u.last[id] = at
}

func (u *keyUses) take() (ids []hub.ID, at []time.Time) {
	u.mu.Lock()
	defer u.mu.Unlock()
	for id, when := range u.last {
		ids, at = append(ids, id), append(at, when)
	}
	u.last = nil
	return ids, at
}

// NoteKeyUses writes down when the keys that this process has seen were last used: for all of them in one statement.
// Call it every minute. What cannot be written is forgotten, for the next use says the same.
func (e *Enroller) NoteKeyUses(ctx context.Context) error {
	ids, at := e.uses.take()
	if len(ids) == 0 {
		return nil
	}
	return e.store.NoteKeyUses(ctx, ids, at)
}
