package rekey

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"eblagh/hub"
	"eblagh/hub/vault"
)

// Rotate puts a new sealing key and a new index key into the key file and names them to the database as coming. Called
// again it gives the same. Errors: wrong-state while a rotation is not finished.
func (k *Keeper) Rotate(ctx context.Context) ([]vault.Key, error) {
	uses, err := k.o.Store.Keys(ctx)
	if err != nil {
		return nil, err
	}
	var known []vault.Key
	slot := 0
	for _, u := range uses {
		switch {
		case u.State == vault.KeyOld || u.State == vault.KeyRetired && u.Kind == vault.KeyIndex:
			return nil, hub.Refuse(hub.CodeWrongState, "a rotation is under way: finish it first")
		case u.State == vault.KeyComing:
			continue // it is in the file already, or will be again
		case u.Kind == vault.KeyIndex:
			slot = 1 - u.Slot
		}
		known = append(known, u.Key)
	}
	news, err := vault.Extend(k.o.Path, known, slot)
	if err != nil {
		return nil, err
	}
	var coming []vault.KeyUse
	for _, key := range news {
		coming = append(coming, vault.KeyUse{Key: key, State: vault.KeyComing})
	}
	return news, k.o.Store.AddKeys(ctx, coming)
}

// Promote makes the coming keys the primary ones, once every process that runs holds them.
// Errors: wrong-state, which names who does not.
func (k *Keeper) Promote(ctx context.Context) error {
	uses, err := k.o.Store.Keys(ctx)
	if err != nil {
		return err
	}
	coming := keysIn(uses, vault.KeyComing)
	if len(coming) == 0 {
		return hub.Refuse(hub.CodeWrongState, "no key is coming: rotate first")
	}
	self := k.self()
	self.Name = "this key file"
	if err := k.everyNode(ctx, self, func(n Node) error {
		for _, key := range coming {
			if !n.Holds(key) {
				return fmt.Errorf("%s does not hold the new %s", n.Name, key)
			}
		}
		return nil
	}); err != nil {
		return err
	}
	return k.o.Store.Promote(ctx)
}

// everyNode asks something of this process and of every one that runs.
func (k *Keeper) everyNode(ctx context.Context, self Node, ask func(Node) error) error {
	nodes, err := k.o.Store.Nodes(ctx, k.o.Alive)
	if err != nil {
		return err
	}
	var not []error
	for _, n := range append([]Node{self}, nodes...) {
		not = append(not, ask(n))
	}
	if err := errors.Join(not...); err != nil {
		return &hub.Error{Code: hub.CodeWrongState, Detail: strings.ReplaceAll(err.Error(), "\n", "; "), Cause: err}
	}
	return nil
}

// Finish takes the old keys out of use and out of the key file. It refuses while anything needs them, and can be called
// again wherever it was cut off. Errors: wrong-state, which says what is missing.
func (k *Keeper) Finish(ctx context.Context) ([]vault.Key, error) {
	uses, err := k.o.Store.Keys(ctx)
	if err != nil {
		return nil, err
	}
	held := k.o.Vault.Keys()
	leaving := slices.DeleteFunc(append(keysIn(uses, vault.KeyOld), keysIn(uses, vault.KeyRetired)...), func(key vault.Key) bool {
		named := slices.ContainsFunc(held, func(h vault.Key) bool { return h.Kind == key.Kind && h.ID == key.ID })
		return !named && key.Kind == vault.KeySeal // finished before
	})
	if len(leaving) == 0 {
		return nil, hub.Refuse(hub.CodeWrongState, "no key is old: there is nothing to finish")
	}
	if err := k.mayFinish(ctx, uses); err != nil {
		return nil, err
	}
	// From here on Postgres takes nothing more under the old keys; then nothing that is under way can, either.
	if err := k.o.Store.Retire(ctx); err != nil {
		return nil, err
	}
	if err := k.settle(ctx); err != nil {
		return nil, err
	}
	if err := k.unused(ctx, leaving); err != nil {
		return nil, err
	}
	return leaving, k.remove(ctx, leaving, keysIn(uses, vault.KeyPrimary))
}

func (k *Keeper) mayFinish(ctx context.Context, uses []vault.KeyUse) error {
	progress, err := k.o.Store.Progress(ctx)
	if err != nil {
		return err
	}
	for _, p := range progress {
		switch {
		case p.Failed > 0:
			return hub.Refuse(hub.CodeWrongState, fmt.Sprintf("%d rows of %s do not open under any key, the first is %s", p.Failed, p.Name, p.FirstFailed))
		case p.DoneAt.IsZero():
			return hub.Refuse(hub.CodeWrongState, p.Name+" is not rewritten yet: the workers are at it")
		}
	}
	return k.everyNode(ctx, k.self(), func(n Node) error {
		for _, key := range keysIn(uses, vault.KeyPrimary) {
			if !n.Holds(key) || key.Kind == vault.KeySeal && n.Primary != key.ID {
				return fmt.Errorf("%s does not use the new %s yet", n.Name, key)
			}
		}
		return nil
	})
}

// settle waits for the transactions that were under way.
func (k *Keeper) settle(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		settled, err := k.o.Store.Settled(ctx)
		if err != nil || settled {
			return err
		}
		select {
		case <-ctx.Done():
			return hub.Refuse(hub.CodeWrongState, "a transaction has been under way since before: try again when it has ended")
		case <-tick.C:
		}
	}
}

// unused asks by query, and has rewritten what is found.
func (k *Keeper) unused(ctx context.Context, keys []vault.Key) error {
	for _, key := range keys {
		uses, err := k.o.Store.Uses(ctx, key)
		if err != nil {
			return err
		}
		if len(uses) == 0 {
			continue
		}
		var names, words []string
		for _, u := range uses {
			names, words = append(names, u.Name), append(words, fmt.Sprintf("%s (%d)", u.Name, u.Rows))
		}
		if err := k.o.Store.Begin(ctx, names); err != nil {
			return err
		}
		return hub.Refuse(hub.CodeWrongState, key.String()+" is still needed by "+strings.Join(words, ", ")+
			": the workers are at it, finish again")
	}
	return nil
}

// clearStep is how many rows lose a retired index at once.
const clearStep = 1000

// remove is in an order that can be cut anywhere: the file last, so that whoever calls again finds the keys that leave.
func (k *Keeper) remove(ctx context.Context, leaving, primary []vault.Key) error {
	for _, key := range leaving {
		if key.Kind != vault.KeyIndex {
			continue
		}
		for {
			cleared, err := k.o.Store.Clear(ctx, key.Slot, clearStep)
			if err != nil {
				return err
			}
			if cleared == 0 {
				break
			}
		}
	}
	if err := k.Load(ctx); err != nil { // what is retired is needed no more
		return err
	}
	if err := vault.Prefer(k.o.Path, primary); err != nil {
		return err
	}
	if err := vault.Prune(k.o.Path, leaving); err != nil {
		return err
	}
	for _, key := range leaving {
		if err := k.o.Store.Forget(ctx, key); err != nil {
			return err
		}
	}
	if err := k.Load(ctx); err != nil {
		return err
	}
	return k.o.Vault.Reload(k.uses)
}

// Standing is all that an operator wants to know.
type Standing struct {
	Keys     []vault.KeyUse
	Nodes    []Node
	Progress []Progress
	Uses     map[string][]Use // by key, of those that are old or retired and still in the file
}

// Status tells how a rotation stands.
func (k *Keeper) Status(ctx context.Context) (s Standing, err error) {
	if s.Keys, err = k.o.Store.Keys(ctx); err != nil {
		return s, err
	}
	if s.Nodes, err = k.o.Store.Nodes(ctx, k.o.Alive); err != nil {
		return s, err
	}
	if s.Progress, err = k.o.Store.Progress(ctx); err != nil {
		return s, err
	}
	s.Uses = map[string][]Use{}
	for _, key := range keysIn(s.Keys, vault.KeyOld) {
		if s.Uses[key.String()], err = k.o.Store.Uses(ctx, key); err != nil {
			return s, err
		}
	}
	return s, nil
}

func keysIn(uses []vault.KeyUse, state vault.KeyState) (out []vault.Key) {
	for _, u := range uses {
		if u.State == state {
			out = append(out, u.Key)
		}
	}
	return out
}
