package vault

import (
	"fmt"
	"slices"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/keyset"
)

// Extend sees to it that the key file holds one key of each kind that known does not name, and gives those: made now, or
// left by an earlier call that was cut off. slot is where the new index key's values go. Errors: those of Open.
func Extend(path string, known []Key, slot int) ([]Key, error) {
	c, err := readFile(path)
	if err != nil {
		return nil, err
	}
	news := (&ring{contents: c}).unknown(known)
	grown := c
	if !slices.ContainsFunc(news, func(k Key) bool { return k.Kind == KeySeal }) {
		if grown.seal, err = withNewSeal(c.seal); err != nil {
			return nil, err
		}
	}
	if !slices.ContainsFunc(news, func(k Key) bool { return k.Kind == KeyIndex && k.Slot == slot }) {
		grown.index = append(slices.Clone(c.index), indexKey{id: newKeyID(), slot: slot, key: newMACKey()})
	}
	if err := grown.write(path); err != nil {
		return nil, err
	}
	var out []Key
	for _, kind := range []KeyKind{KeySeal, KeyIndex} {
		for _, k := range (&ring{contents: grown}).unknown(known) {
			if k.Kind == kind && (kind == KeySeal || k.Slot == slot) {
				out = append(out, k)
				break // one of each
			}
		}
	}
	return out, nil
}

// Prune takes keys out of the key file, for good. It refuses to leave it without a primary key of either kind.
func Prune(path string, gone []Key) error {
	c, err := readFile(path)
	if err != nil {
		return err
	}
	manager := keyset.NewManagerFromHandle(c.seal)
	primary := c.seal.KeysetInfo().GetPrimaryKeyId()
	for _, k := range gone {
		switch {
		case k.Kind == KeyIndex:
			c.index = slices.DeleteFunc(slices.Clone(c.index), func(have indexKey) bool { return have.id == k.ID })
		case k.ID == primary:
			return fmt.Errorf("%s is the file's primary key", k)
		case (&ring{contents: c}).holds(k.ID):
			if err := manager.Delete(k.ID); err != nil {
				return fmt.Errorf("remove %s: %w", k, err)
			}
		}
	}
	if len(c.index) == 0 {
		return fmt.Errorf("%w: no index key would be left", ErrBadKeyFile)
	}
	if c.seal, err = manager.Handle(); err != nil {
		return fmt.Errorf("remove keys: %w", err)
	}
	return c.write(path)
}

// Prefer makes keys the first of their kind in the file, which is what counts where no database was asked yet.
func Prefer(path string, keys []Key) error {
	c, err := readFile(path)
	if err != nil {
		return err
	}
	manager := keyset.NewManagerFromHandle(c.seal)
	for _, k := range keys {
		if k.Kind == KeyIndex {
			c.index = slices.Clone(c.index)
			slices.SortStableFunc(c.index, func(a, b indexKey) int { return rank(a.id, k.ID) - rank(b.id, k.ID) })
		} else if err := manager.SetPrimary(k.ID); err != nil {
			return fmt.Errorf("%s: %w", k, err)
		}
	}
	if c.seal, err = manager.Handle(); err != nil {
		return fmt.Errorf("primary key: %w", err)
	}
	return c.write(path)
}

func rank(id, first uint32) int {
	if id == first {
		return 0
	}
	return 1
}

func (c contents) write(path string) error {
	content, err := c.marshal()
	if err != nil {
		return err
	}
	if err := writeOver(path, content); err != nil {
		return fmt.Errorf("write key file: %w", err)
	}
	return nil
}

func (r *ring) unknown(known []Key) []Key {
	return slices.DeleteFunc(r.keys(), func(k Key) bool {
		return slices.ContainsFunc(known, func(have Key) bool { return have.Kind == k.Kind && have.ID == k.ID })
	})
}

func withNewSeal(handle *keyset.Handle) (*keyset.Handle, error) {
	manager := keyset.NewManagerFromHandle(handle)
	if _, err := manager.Add(aead.AES256GCMKeyTemplate()); err != nil {
		return nil, fmt.Errorf("make sealing key: %w", err)
	}
	return manager.Handle()
}
