package vault

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	tinkpb "github.com/tink-crypto/tink-go/v2/proto/tink_go_proto"
)

// ErrSealed says that a ciphertext does not open: it was changed, cut short, or belongs to another context. Which of these
// it is cannot be told.
var ErrSealed = errors.New("ciphertext does not open")

// ErrKeyUnknown says that a ciphertext names a key which this key file does not hold. It is an ErrSealed as well.
var ErrKeyUnknown = fmt.Errorf("%w: the key file does not hold its key", ErrSealed)

type keyInfo = tinkpb.KeysetInfo_KeyInfo

// Vault seals and opens, indexes and makes codes. It is safe for concurrent use, also while its keys are changed.
type Vault struct {
	path  string
	now   atomic.Pointer[ring]
	turns sync.Mutex // one change of keys at a time
}

func newVault(path string, c contents) (*Vault, error) {
	r, err := newRing(c, nil)
	if err != nil {
		return nil, err
	}
	v := &Vault{path: path}
	v.now.Store(r)
	return v, nil
}

// Seal encrypts plain under the primary key, bound to context: "table.column:" and the id of the row's owner.
// The ciphertext is 33 bytes longer than plain.
func (v *Vault) Seal(plain []byte, context string) []byte {
	ct, err := v.now.Load().aead.Encrypt(plain, []byte(context))
	if err != nil {
		// Reachable only beyond 2^36 bytes of plaintext, which no limit of the hub lets through.
		panic(fmt.Sprintf("vault: seal %d bytes: %v", len(plain), err))
	}
	return ct
}

// Open decrypts what Seal made under the same context. Errors: ErrSealed and ErrKeyUnknown, naming the context's column
// but no content.
func (v *Vault) Open(ct []byte, context string) ([]byte, error) {
	r := v.now.Load()
	plain, err := r.aead.Decrypt(ct, []byte(context))
	if err == nil {
		return plain, nil
	}
	if id, ok := SealedUnder(ct); ok && !r.holds(id) {
		return nil, fmt.Errorf("%s: %w: %08x", context, ErrKeyUnknown, id)
	}
	return nil, fmt.Errorf("%s: %w", context, ErrSealed)
}

// SealText is Seal for text. An empty text gives nil, which is NULL in a column: there is nothing to hide.
func (v *Vault) SealText(text, context string) []byte {
	if text == "" {
		return nil
	}
	return v.Seal([]byte(text), context)
}

// OpenText is Open for text; nil gives "". Errors: ErrSealed, ErrKeyUnknown.
func (v *Vault) OpenText(ct []byte, context string) (string, error) {
	if ct == nil {
		return "", nil
	}
	plain, err := v.Open(ct, context)
	return string(plain), err
}

// Keys names the keys that the file holds and that are rotated.
func (v *Vault) Keys() []Key { return v.now.Load().keys() }

// Primary is the key that seals now.
func (v *Vault) Primary() Key {
	r := v.now.Load()
	for _, k := range r.keys() {
		if k.Kind == KeySeal && k.ID == r.primary {
			return k
		}
	}
	return Key{Kind: KeySeal, ID: r.primary}
}

// Use follows what the database says of the keys, from the next call of any method on. When the file lacks one that is
// needed, everything stays as it was. Errors: ErrKeyMissing.
func (v *Vault) Use(uses []KeyUse) error {
	v.turns.Lock()
	defer v.turns.Unlock()
	return v.turn(v.now.Load().contents, uses)
}

// Reload reads the key file again and uses what it holds as the database says; nil: as it said last. When anything is wrong
// with the file, everything stays as it was. Errors: those of Open, ErrKeyMissing; another instance's file.
func (v *Vault) Reload(uses []KeyUse) error {
	v.turns.Lock()
	defer v.turns.Unlock()
	c, err := readFile(v.path)
	if err != nil {
		return err
	}
	was := v.now.Load()
	if string(c.identity) != string(was.identity) {
		return fmt.Errorf("%s: this is the key file of another instance", v.path)
	}
	if uses == nil {
		uses = was.uses
	}
	return v.turn(c, uses)
}

func (v *Vault) turn(c contents, uses []KeyUse) error {
	next, err := newRing(c, uses)
	if err != nil {
		return err
	}
	v.now.Store(next)
	return nil
}
