package ledger

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

// commitmentPrefix keeps a commitment from being taken for any other hash.
const commitmentPrefix = "eblagh receipt form 1\x00"

const nonceSize = 16

// Digest is a SHA-256, or a nonce cut from one; hexadecimal in JSON.
type Digest []byte

// MarshalText implements encoding.TextMarshaler.
func (d Digest) MarshalText() ([]byte, error) { return []byte(hex.EncodeToString(d)), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (d *Digest) UnmarshalText(text []byte) (err error) {
	*d, err = hex.DecodeString(string(text))
	return err
}

// Commitment is what the log says of the receipt. Errors: those of Fields.
func (r Receipt) Commitment() ([32]byte, error) {
	fields, err := r.Fields()
	if err != nil {
		return [32]byte{}, err
	}
	all, scratch := append(make([]byte, 0, 2048), commitmentPrefix...), make([]byte, 0, 512)
	for _, f := range fields {
		scratch = nonceOf(scratch, r.Salt[:], f.Label)
		scratch = append(append(append(scratch, f.Label...), 0), f.Value...)
		committed := sha256.Sum256(scratch)
		all = append(append(append(all, f.Label...), 0), committed[:]...)
	}
	return sha256.Sum256(all), nil
}

// nonceOf is the first half of SHA-256(salt ‖ label): half, so that no nonce leads to that of a longer label. It is
// written over scratch.
func nonceOf(scratch, salt []byte, label string) []byte {
	sum := sha256.Sum256(append(append(scratch[:0], salt...), label...))
	return append(scratch[:0], sum[:nonceSize]...)
}

func commitField(nonce []byte, label string, value []byte) [32]byte {
	text := append(append([]byte{}, nonce...), label...)
	return sha256.Sum256(append(append(text, 0), value...))
}

// Opened is what opens a receipt's commitment: all of its fields under the salt, or some of them, each under a nonce of
// its own, and of the rest what they are committed to.
type Opened struct {
	Form     int                        `json:"form"`
	Fields   map[string]json.RawMessage `json:"fields"`
	Salt     Digest                     `json:"salt,omitempty"`
	Nonces   map[string]Digest          `json:"nonces,omitempty"`
	Withheld map[string]Digest          `json:"withheld,omitempty"`
}

// Open shows a receipt but for the fields that are to be withheld (nil: none). recorded_at is always shown, for the
// log's entry says its second. Errors: those of Fields.
func (r Receipt) Open(withhold func(label string) bool) (Opened, error) {
	fields, err := r.Fields()
	if err != nil {
		return Opened{}, err
	}
	o := Opened{Form: r.Form, Fields: map[string]json.RawMessage{}, Nonces: map[string]Digest{}, Withheld: map[string]Digest{}}
	for _, f := range fields {
		nonce := nonceOf(nil, r.Salt[:], f.Label)
		if withhold != nil && f.Label != "recorded_at" && withhold(f.Label) {
			committed := commitField(nonce, f.Label, f.Value)
			o.Withheld[f.Label] = committed[:]
			continue
		}
		o.Fields[f.Label], o.Nonces[f.Label] = f.Value, nonce
	}
	if len(o.Withheld) == 0 {
		o.Salt, o.Nonces, o.Withheld = slices.Clone(r.Salt[:]), nil, nil
	}
	return o, nil
}

// Receipt reads back what is shown of the receipt. Errors: an unknown form or label, or a value of the wrong kind.
func (o Opened) Receipt() (Receipt, error) {
	r, err := fromFields(o.Form, o.Fields)
	if err == nil && r.RecordedAt.IsZero() {
		err = fmt.Errorf("recorded_at is not shown")
	}
	return r, err
}

// commitment computes what the shown and the withheld fields together are committed to.
func (o Opened) commitment() ([32]byte, error) {
	committed := map[string][]byte{}
	for label, value := range o.Fields {
		nonce := []byte(o.Nonces[label])
		switch {
		case len(o.Salt) == SaltSize:
			nonce = nonceOf(nil, o.Salt, label)
		case len(nonce) != nonceSize:
			return [32]byte{}, fmt.Errorf("the field %q has no nonce", label)
		}
		if !isCanonical(value) {
			return [32]byte{}, fmt.Errorf("the field %q: %w", label, errNotCanonical)
		}
		sum := commitField(nonce, label, value)
		committed[label] = sum[:]
	}
	for label, sum := range o.Withheld {
		if _, twice := committed[label]; twice || len(sum) != sha256.Size {
			return [32]byte{}, fmt.Errorf("the withheld field %q makes no sense", label)
		}
		committed[label] = sum
	}
	sum := sha256.New()
	sum.Write([]byte(commitmentPrefix))
	for _, label := range slices.Sorted(maps.Keys(committed)) {
		sum.Write(append(append([]byte(label), 0), committed[label]...))
	}
	return [32]byte(sum.Sum(nil)), nil
}
