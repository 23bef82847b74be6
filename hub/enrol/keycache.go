package enrol

import (
	"crypto/sha256"
	"sync"
	"time"

	"eblagh/hub"
	"eblagh/hub/access"
)

const (
	keyCacheAge  = 5 * time.Second
	keyCacheSize = 4096
)

// keyCache remembers recognised keys for five seconds, by their hash. Keys that are not valid are not remembered, so
// guessing cannot push out what is real.
type keyCache struct {
	clock hub.Clock
	mu    sync.Mutex
	known map[[sha256.Size]byte]cachedKey
}

type cachedKey struct {
	principal access.Principal
	until     time.Time
}

func newKeyCache(clock hub.Clock) *keyCache {
	return &keyCache{clock: clock, known: map[[sha256.Size]byte]cachedKey{}}
}

func (c *keyCache) get(hash [sha256.Size]byte) (access.Principal, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	k, ok := c.known[hash]
	if !ok || !c.clock().Before(k.until) {
		delete(c.known, hash)
		return access.Principal{}, false
	}
	return k.principal, true
}

func (c *keyCache) put(hash [sha256.Size]byte, p access.Principal, expires time.Time) {
	until := c.clock().Add(keyCacheAge)
	if !expires.IsZero() && expires.Before(until) {
		until = expires
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.known) >= keyCacheSize {
		clear(c.known) // more systems than that are rare, and asking again is cheap
	}
	c.known[hash] = cachedKey{principal: p, until: until}
}

func (c *keyCache) forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	clear(c.known)
}
