package vault

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/tink"
)

// KeyKind says what a key is for.
type KeyKind string

// The kinds of key that are rotated. The two others are not: codes live for minutes, and what is peppered can be peppered
// anew only when its owner types it.
const (
	KeySeal  KeyKind = "seal"
	KeyIndex KeyKind = "index"
)

// KeyState is what the database says of a key. All processes of an instance follow it, so that they change over together.
type KeyState string

// A key is distributed before it is used, and used by nobody before it is removed:
//
//	coming ─► primary ─► old ─► retired
const (
	KeyComing  KeyState = "coming"  // may not be everywhere yet: opens, is written as an index beside the primary, seals nothing
	KeyPrimary KeyState = "primary" // seals; is in every index
	KeyOld     KeyState = "old"     // opens what was sealed under it; is still in every index
	KeyRetired KeyState = "retired" // nothing is written under it any more
)

// Key names a key without telling anything of it.
type Key struct {
	Kind        KeyKind
	ID          uint32
	Slot        int    // of index keys: which of the two columns of each index is made with it
	Fingerprint []byte // 8 bytes
}

// String is for operators.
func (k Key) String() string { return fmt.Sprintf("%s key %08x", k.Kind, k.ID) }

// KeyUse is a key and its state.
type KeyUse struct {
	Key
	State KeyState
}

// ErrKeyMissing says that the key file lacks a key that the database is in part written under, or has another of its name.
var ErrKeyMissing = errors.New("the key file is not the newest one: it lacks a key that this database needs")

type indexKey struct {
	id   uint32
	slot int
	key  []byte
}

// contents are what a key file holds, ready for use.
type contents struct {
	seal         *keyset.Handle
	index        []indexKey
	identity     []byte
	code, pepper []byte
}

// ring is the keys as they are used at one moment. It is never changed.
type ring struct {
	contents
	uses    []KeyUse // as the database said last; nil: nothing yet
	aead    tink.AEAD
	primary uint32
	first   []byte    // the primary index key
	slots   [2][]byte // index keys in use by their slot
}

// newRing makes the keys ready. Before the database has spoken, the file's primary key seals and its first index key is
// the only one.
func newRing(c contents, uses []KeyUse) (*ring, error) {
	r := &ring{contents: c, uses: uses, primary: c.seal.KeysetInfo().GetPrimaryKeyId(), first: c.index[0].key}
	r.slots[c.index[0].slot] = c.index[0].key
	if uses != nil {
		if err := r.use(uses); err != nil {
			return nil, err
		}
	}
	manager := keyset.NewManagerFromHandle(c.seal)
	if err := manager.SetPrimary(r.primary); err != nil {
		return nil, fmt.Errorf("sealing keys: %w", err)
	}
	handle, err := manager.Handle()
	if err != nil {
		return nil, fmt.Errorf("sealing keys: %w", err)
	}
	if r.aead, err = aead.New(handle); err != nil {
		return nil, fmt.Errorf("sealing keys: %w", err)
	}
	return r, nil
}

// use follows what the database says. Errors: ErrKeyMissing.
func (r *ring) use(uses []KeyUse) error {
	r.slots = [2][]byte{}
	held := r.keys()
	for _, u := range uses {
		at := slices.IndexFunc(held, func(k Key) bool { return k.Kind == u.Kind && k.ID == u.ID })
		needed := u.State == KeyPrimary || u.State == KeyOld
		switch {
		case at < 0 && needed:
			return fmt.Errorf("%w: %s", ErrKeyMissing, u.Key)
		case at < 0 || u.State == KeyRetired:
			continue
		case !slices.Equal(held[at].Fingerprint, u.Fingerprint):
			return fmt.Errorf("%w: its %s is another one", ErrKeyMissing, u.Key)
		}
		if u.Kind == KeySeal && u.State == KeyPrimary {
			r.primary = u.ID
		}
		if u.Kind == KeyIndex {
			r.useIndex(u)
		}
	}
	return nil
}

func (r *ring) useIndex(u KeyUse) {
	at := slices.IndexFunc(r.index, func(k indexKey) bool { return k.id == u.ID })
	r.slots[u.Slot] = r.index[at].key
	if u.State == KeyPrimary {
		r.first = r.index[at].key
	}
}

// keys names every key of the file that is ever rotated, sealing keys first.
func (r *ring) keys() []Key {
	var out []Key
	for _, k := range insecurecleartextkeyset.KeysetMaterial(r.seal).GetKey() {
		out = append(out, Key{Kind: KeySeal, ID: k.GetKeyId(), Fingerprint: fingerprint(k.GetKeyData().GetValue())})
	}
	for _, k := range r.index {
		out = append(out, Key{Kind: KeyIndex, ID: k.id, Slot: k.slot, Fingerprint: fingerprint(k.key)})
	}
	return out
}

func (r *ring) holds(id uint32) bool {
	return slices.ContainsFunc(r.seal.KeysetInfo().GetKeyInfo(), func(k *keyInfo) bool { return k.GetKeyId() == id })
}

func fingerprint(key []byte) []byte { return mac(key, "fingerprint", nil)[:8] }

// prefixSize is what Tink puts before a ciphertext: a byte for the form, four for the key's id.
const (
	prefixSize = 5
	prefixForm = 1
)

// SealedUnder tells which key made a ciphertext.
func SealedUnder(ct []byte) (id uint32, ok bool) {
	if len(ct) < prefixSize || ct[0] != prefixForm {
		return 0, false
	}
	return binary.BigEndian.Uint32(ct[1:prefixSize]), true
}

// Prefix is how every ciphertext of a sealing key begins.
func (k Key) Prefix() []byte { return binary.BigEndian.AppendUint32([]byte{prefixForm}, k.ID) }

// FingerprintText is for operators.
func (k Key) FingerprintText() string { return hex.EncodeToString(k.Fingerprint) }
