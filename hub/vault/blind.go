package vault

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"

	"eblagh/hub"
)

// Kinds of blind index.
const (
	IndexNationalID = "national_id"
	IndexMobile     = "mobile"
)

// Index is the blind index of a value: 32 bytes, equal for equal values of one kind, meaningless without the key.
// The value must be in the one form that the hub keeps (ASCII digits, E.164).
func (v *Vault) Index(kind, value string) []byte { return mac(v.index, kind, []byte(value)) }

// Code is the one-time code of a challenge, recomputed wherever it is needed and stored nowhere. digits is 1 to 12.
func (v *Vault) Code(challenge hub.ID, digits int) string {
	sum := mac(v.code, "code", challenge[:])
	modulus := uint64(1)
	for range digits {
		modulus *= 10
	}
	// 64 bits over at most 10^12 values: the bias is below one in ten million.
	return fmt.Sprintf("%0*d", digits, binary.BigEndian.Uint64(sum)%modulus)
}

// Pepper mixes a low-entropy secret with a key that the database does not hold, before it is hashed for keeping.
// owner keeps equal secrets of two people apart.
func (v *Vault) Pepper(owner hub.ID, secret string) string {
	return hex.EncodeToString(mac(v.pepper, owner.String(), []byte(secret)))
}

// Fingerprint names this key file without telling anything of it: 8 bytes. The database keeps the fingerprint of the
// keys it was filled under, so that a start with another key file is refused instead of hiding every name in it.
func (v *Vault) Fingerprint() []byte { return mac(v.index, "fingerprint", nil)[:8] }

// mac separates the kind from the value by a zero byte, which no kind contains.
func mac(key []byte, kind string, value []byte) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(kind))
	h.Write([]byte{0})
	h.Write(value)
	return h.Sum(nil)
}
