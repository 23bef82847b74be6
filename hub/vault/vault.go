package vault

import (
	"errors"
	"fmt"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/tink"
)

// ErrSealed says that a ciphertext does not open: it was changed, cut short, belongs to another context, or was made
// with a key that this key file does not hold. Which of these it is cannot be told.
var ErrSealed = errors.New("ciphertext does not open")

// Vault seals and opens, indexes and makes codes. It is safe for concurrent use.
type Vault struct {
	aead   tink.AEAD
	index  []byte
	code   []byte
	pepper []byte
}

func newVault(k keys) (*Vault, error) {
	cipher, err := aead.New(k.seal)
	if err != nil {
		return nil, fmt.Errorf("sealing keys: %w", err)
	}
	return &Vault{aead: cipher, index: k.index, code: k.code, pepper: k.pepper}, nil
}

// Seal encrypts plain under the primary key, bound to context: "table.column:" and the id of the row's owner.
// The ciphertext is 33 bytes longer than plain.
func (v *Vault) Seal(plain []byte, context string) []byte {
	ct, err := v.aead.Encrypt(plain, []byte(context))
	if err != nil {
		// Reachable only beyond 2^36 bytes of plaintext, which no limit of the hub lets through.
		panic(fmt.Sprintf("vault: seal %d bytes: %v", len(plain), err))
	}
	return ct
}

// Open decrypts what Seal made under the same context. Errors: ErrSealed, naming the context's column but no content.
func (v *Vault) Open(ct []byte, context string) ([]byte, error) {
	plain, err := v.aead.Decrypt(ct, []byte(context))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", context, ErrSealed)
	}
	return plain, nil
}

// SealText is Seal for text. An empty text gives nil, which is NULL in a column: there is nothing to hide.
func (v *Vault) SealText(text, context string) []byte {
	if text == "" {
		return nil
	}
	return v.Seal([]byte(text), context)
}

// OpenText is Open for text; nil gives "". Errors: ErrSealed.
func (v *Vault) OpenText(ct []byte, context string) (string, error) {
	if ct == nil {
		return "", nil
	}
	plain, err := v.Open(ct, context)
	return string(plain), err
}

// keys are the contents of a key file, ready for use.
type keys struct {
	seal                *keyset.Handle
	index, code, pepper []byte
}
