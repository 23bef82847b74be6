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

// Index is the blind index of a value under the primary key: 32 bytes, equal for equal values of one kind, meaningless
// without the key. The value must be in the one form that the hub keeps (ASCII digits, E.164). It is for what lives for
// hours, such as counts of tries; what people are found by is a Blind.
func (v *Vault) Index(kind, value string) []byte { return mac(v.now.Load().first, kind, []byte(value)) }

// Blind is the blind index of one value under every index key in use, one per column that keeps it: while a rotation runs
// there are two, and whoever is found by either is found. nil: no key in use fills that column.
type Blind struct{ A, B []byte }

// Blind indexes a value that somebody is to be found by.
func (v *Vault) Blind(kind, value string) Blind {
	r := v.now.Load()
	var b Blind
	for slot, into := range []*[]byte{&b.A, &b.B} {
		if key := r.slots[slot]; key != nil {
			*into = mac(key, kind, []byte(value))
		}
	}
	return b
}

// IsZero tells a Blind of nothing.
func (b Blind) IsZero() bool { return b.A == nil && b.B == nil }

// Marked tells whether a mark was made of the value, by Index and cut to its length, under any index key in use.
func (v *Vault) Marked(kind, value string, mark []byte) bool {
	for _, key := range v.now.Load().slots {
		if key != nil && len(mark) >= 16 && len(mark) <= sha256.Size && hmac.Equal(mark, mac(key, kind, []byte(value))[:len(mark)]) {
			return true
		}
	}
	return false
}

// Code is the one-time code of a challenge, recomputed wherever it is needed and stored nowhere. digits is 1 to 12.
func (v *Vault) Code(challenge hub.ID, digits int) string {
	sum := mac(v.now.Load().code, "code", challenge[:])
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
	return hex.EncodeToString(mac(v.now.Load().pepper, owner.String(), []byte(secret)))
}

// Fingerprint names the instance's key file without telling anything of it: 8 bytes, the same through every rotation. The
// database keeps it, so that a start with another key file is refused instead of hiding every name in it.
func (v *Vault) Fingerprint() []byte { return v.now.Load().identity }

// mac separates the kind from the value by a zero byte, which no kind contains.
func mac(key []byte, kind string, value []byte) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(kind))
	h.Write([]byte{0})
	h.Write(value)
	return h.Sum(nil)
}
