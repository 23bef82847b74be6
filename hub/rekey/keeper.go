package rekey

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"slices"
	"sync"
	"time"

	"eblagh/hub"
	"eblagh/hub/vault"
)

// Options are what a Keeper works with.
type Options struct {
	Store  Store
	Vault  *vault.Vault
	Path   string // of the key file
	Name   string // of this process, for operators
	Clock  hub.Clock
	Logger *slog.Logger
	Every  time.Duration // how often the file and the database are looked at; 0: 2 seconds
	Alive  time.Duration // for how long a process that says nothing counts as running; 0: 30 seconds
}

// Keeper keeps a process's vault as the database says, and changes keys. It is safe for concurrent use.
type Keeper struct {
	o    Options
	node hub.ID

	mu   sync.Mutex
	file os.FileInfo // as it was read last
	uses []vault.KeyUse
	lack error // why this process cannot follow the database
}

// New makes a Keeper.
func New(o Options) *Keeper {
	if o.Every <= 0 {
		o.Every = 2 * time.Second
	}
	if o.Alive <= 0 {
		o.Alive = 30 * time.Second
	}
	return &Keeper{o: o, node: hub.NewID(o.Clock())}
}

// Load makes the vault follow the database before anything is read or written. An empty database takes the file's keys as
// they are. Errors: vault.ErrKeyMissing when the file is not the newest one.
func (k *Keeper) Load(ctx context.Context) error {
	uses, err := k.o.Store.Keys(ctx)
	if err != nil {
		return err
	}
	if len(uses) == 0 {
		if err := k.o.Store.AddKeys(ctx, k.first()); err != nil {
			return err
		}
		if uses, err = k.o.Store.Keys(ctx); err != nil {
			return err
		}
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.follow(uses)
}

// first gives the keys of a file that no database has named yet: the primary ones, and sealing keys that an operator put
// beside them.
func (k *Keeper) first() []vault.KeyUse {
	var out []vault.KeyUse
	primary, indexed := k.o.Vault.Primary(), false
	for _, key := range k.o.Vault.Keys() {
		state := vault.KeyPrimary
		switch {
		case key.Kind == vault.KeyIndex && indexed:
			continue
		case key.Kind == vault.KeyIndex:
			indexed = true
		case key.ID != primary.ID:
			state = vault.KeyOld
		}
		out = append(out, vault.KeyUse{Key: key, State: state})
	}
	return out
}

// Run follows file and database until ctx ends, and says what this process holds.
func (k *Keeper) Run(ctx context.Context) error {
	tick := time.NewTicker(k.o.Every)
	defer tick.Stop()
	for {
		if err := k.Look(ctx); err != nil && ctx.Err() == nil {
			k.o.Logger.Warn("cannot look at the keys", "error", err)
		}
		select {
		case <-ctx.Done():
			leaving, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
			defer cancel()
			return k.o.Store.Leave(leaving, k.node)
		case <-tick.C:
		}
	}
}

// Look follows once.
func (k *Keeper) Look(ctx context.Context) error {
	uses, err := k.o.Store.Keys(ctx)
	if err != nil {
		return err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if !slices.EqualFunc(uses, k.uses, sameUse) {
		err = k.follow(uses)
	}
	if k.reload() || k.lack != nil {
		err = k.follow(uses)
	}
	return errors.Join(err, k.o.Store.Announce(ctx, k.self()))
}

// Ready tells whether this process holds every key that it needs. Errors: vault.ErrKeyMissing.
func (k *Keeper) Ready(context.Context) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.lack
}

func (k *Keeper) follow(uses []vault.KeyUse) error {
	err := k.o.Vault.Use(uses)
	if errors.Is(err, vault.ErrKeyMissing) { // the newest file may be there already
		if reload := k.o.Vault.Reload(uses); reload == nil {
			err = nil
		}
	}
	k.lack = err
	if err == nil {
		k.uses = uses
	}
	return err
}

// reload reads the file when it is another one than before. One that is half written or wrong changes nothing; it is
// looked at again.
func (k *Keeper) reload() bool {
	info, err := os.Stat(k.o.Path)
	if err != nil {
		return false // the keys in use go on
	}
	if k.file != nil && os.SameFile(info, k.file) && info.ModTime().Equal(k.file.ModTime()) && info.Size() == k.file.Size() {
		return false
	}
	if err := k.o.Vault.Reload(k.uses); err != nil {
		k.o.Logger.Warn("the key file was not taken", "error", err)
		return false
	}
	k.file = info
	return true
}

func (k *Keeper) self() Node {
	n := Node{ID: k.node, Name: k.o.Name, Primary: k.o.Vault.Primary().ID}
	for _, key := range k.o.Vault.Keys() {
		if key.Kind == vault.KeySeal {
			n.Seals = append(n.Seals, key.ID)
		} else {
			n.Indexes = append(n.Indexes, key.ID)
		}
	}
	return n
}

// Holds tells whether the process has said that it holds a key.
func (n Node) Holds(key vault.Key) bool {
	if key.Kind == vault.KeySeal {
		return slices.Contains(n.Seals, key.ID)
	}
	return slices.Contains(n.Indexes, key.ID)
}

func sameUse(a, b vault.KeyUse) bool { return a.Kind == b.Kind && a.ID == b.ID && a.State == b.State }
