package enrol

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"math/big"
	"slices"
	"strings"
	"time"

	"eblagh/hub"
	"eblagh/hub/access"
)

const (
	modeLive  = "live"
	modeTest  = "test"
	keyBytes  = 32
	keyDigits = 43 // base62 of 32 bytes
)

// How long a key holds. None is for ever.
const (
	KeyLifetime    = 365 * 24 * time.Hour
	LongestKeyLife = 2 * KeyLifetime
)

// NewKey is a system that is to have a key.
type NewKey struct {
	Name         string
	Role         hub.Role
	Organisation hub.ID         // where the role has one
	Scopes       []access.Scope // empty: every scope that the role can have
	Mode         string         // empty: the instance's
	ExpiresAt    time.Time      // zero: after KeyLifetime
}

// CreateKey makes an API key. The plain key is told this once and kept nowhere. Who may make keys is decided where this
// is offered: it is the operator of the instance, at its command line.
// Errors: validation; wrong-mode.
func (e *Enroller) CreateKey(ctx context.Context, n NewKey) (plain string, id hub.ID, err error) {
	if n.Mode == "" {
		n.Mode = e.mode
	}
	if n.Mode != e.mode {
		return "", hub.ID{}, hub.Refuse(hub.CodeWrongMode, "this is a "+e.mode+" instance")
	}
	if len(n.Scopes) == 0 {
		n.Scopes = access.ScopesOf(n.Role)
	}
	if err := e.checkKey(ctx, &n); err != nil {
		return "", hub.ID{}, err
	}
	plain, hash := newSecret(n.Mode)
	id = e.newID()
	err = e.store.AddKey(ctx, instance, StoredKey{ID: id, Hash: hash, Name: n.Name, Role: n.Role, Organisation: n.Organisation,
		Mode: n.Mode, Scopes: n.Scopes, ExpiresAt: n.ExpiresAt})
	if err != nil {
		return "", hub.ID{}, err
	}
	return plain, id, nil
}

func (e *Enroller) checkKey(ctx context.Context, n *NewKey) error {
	var wrong hub.Problems
	n.Name = checkText(&wrong, "/name", n.Name, 100, true)
	if err := e.checkRole(ctx, instance, &wrong, n.Role, n.Organisation); err != nil {
		return err
	}
	allowed := access.ScopesOf(n.Role)
	for _, s := range n.Scopes {
		if !slices.Contains(allowed, s) {
			wrong.Add("/scopes", "not-allowed", "this role cannot have one of these scopes")
			break
		}
	}
	if len(n.Scopes) == 0 {
		wrong.Add("/scopes", "required", "no key can act in this role")
	}
	now := e.clock()
	switch {
	case n.ExpiresAt.IsZero():
		n.ExpiresAt = now.Add(KeyLifetime)
	case !n.ExpiresAt.After(now):
		wrong.Add("/expires_at", "past", "this time has passed")
	case n.ExpiresAt.After(now.Add(LongestKeyLife)):
		wrong.Add("/expires_at", "out-of-range", "no key holds longer than two years")
	}
	return wrong.Err()
}

// Authenticate recognises a system by its key. Nothing is remembered of a key: one that was revoked, rotated away or
// whose organisation is disabled is refused from that moment on, by every process.
// Errors: wrong-mode for a key of the other mode; unauthorized for all else.
func (e *Enroller) Authenticate(ctx context.Context, key string) (access.Principal, error) {
	if strings.HasPrefix(key, prefix(otherMode(e.mode))) {
		return access.Principal{}, hub.Refuse(hub.CodeWrongMode, "this is a "+e.mode+" instance, the key is of the other mode")
	}
	if !strings.HasPrefix(key, prefix(e.mode)) || len(key) != len(prefix(e.mode))+keyDigits {
		return access.Principal{}, errBadKey
	}
	hash := sha256.Sum256([]byte(key))
	kept, err := e.store.Key(ctx, hash[:])
	if hub.CodeOf(err) == hub.CodeNotFound {
		return access.Principal{}, errBadKey
	}
	if err != nil {
		return access.Principal{}, err
	}
	if kept.Mode != e.mode {
		return access.Principal{}, hub.Refuse(hub.CodeWrongMode, "the key is of the other mode")
	}
	e.uses.note(kept.ID, e.clock())
	return access.Principal{Kind: access.Key, ID: kept.ID, Scopes: kept.Scopes, Expires: kept.ExpiresAt, Port: e.access,
		Grants: []access.Grant{{Role: kept.Role, Organisation: kept.Organisation}}}, nil
}

var (
	errBadKey = hub.Refuse(hub.CodeUnauthorized, "this key is not valid")
	// instance stands for whoever has the command line of the instance: it reads organisations, and looks after keys.
	instance = access.Principal{Grants: []access.Grant{{Role: hub.RoleAdmin}}}
)

func prefix(mode string) string { return "ebk_" + mode + "_" }

func otherMode(mode string) string {
	if mode == modeLive {
		return modeTest
	}
	return modeLive
}

// newSecret makes a key and its hash.
func newSecret(mode string) (plain string, hash []byte) {
	plain = prefix(mode) + randomDigits()
	sum := sha256.Sum256([]byte(plain))
	return plain, sum[:]
}

// randomDigits is 32 random bytes in base62.
func randomDigits() string {
	raw := make([]byte, keyBytes)
	_, _ = rand.Read(raw) // crypto/rand.Read never fails
	text := new(big.Int).SetBytes(raw).Text(62)
	return strings.Repeat("0", keyDigits-len(text)) + text
}
