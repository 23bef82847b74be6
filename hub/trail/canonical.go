package trail

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"time"

	"eblagh/hub"
)

// timeForm is how moments stand in the canonical text: UTC, µs.
const timeForm = "2006-01-02T15:04:05.000000Z"

// Canonical is the text that an entry is hashed as, in the form it was written in: one line of "name=value" for each
// field that is not empty, in this order and no other. Values are ids, numbers, times and words without line breaks; a
// byte that could break a line is written as %XX, as is the percent sign.
func (e Entry) Canonical() []byte {
	var b []byte
	add := func(name, value string) {
		if value != "" {
			b = append(appendSafe(append(append(b, name...), '='), value), '\n')
		}
	}
	b = append(b, "eblagh/trail/"+strconv.Itoa(e.Form)+"\n"...)
	add("id", e.ID.String())
	add("hour", e.Hour.UTC().Format(timeForm))
	add("at", e.At.UTC().Format(timeForm))
	add("call", e.Call.String())
	add("outcome", string(e.Outcome))
	add("status", number(e.Status))
	add("kind", string(e.Kind))
	add("principal", id(e.Principal))
	add("for", id(e.For))
	add("role", string(e.Role))
	add("organisation", id(e.Organisation))
	add("action", string(e.Action))
	add("route", e.Route)
	add("ground", e.Ground)
	add("object_kind", e.Object.Kind)
	add("object", id(e.Object.ID))
	for _, o := range e.Objects {
		add("about", o.String())
	}
	for _, p := range e.Persons {
		add("of", p.String())
	}
	add("count", strconv.Itoa(e.Count))
	add("place", string(e.From.Place))
	if e.From.Address != ([16]byte{}) {
		add("address", hex.EncodeToString(e.From.Address[:]))
	}
	add("device", e.From.Device)
	return b
}

// Hash is SHA-256 of the canonical text.
func (e Entry) Hash() [sha256.Size]byte { return sha256.Sum256(e.Canonical()) }

// appendSafe writes a value so that it ends where its line does.
func appendSafe(b []byte, value string) []byte {
	const digits = "0123456789ABCDEF"
	for i := range len(value) {
		if c := value[i]; c < 0x20 || c == 0x7f || c == '%' {
			b = append(b, '%', digits[c>>4], digits[c&15])
			continue
		}
		b = append(b, value[i])
	}
	return b
}

func number(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

func id(of hub.ID) string {
	if of.IsZero() {
		return ""
	}
	return of.String()
}

// HourOf is the hour that a moment is in.
func HourOf(at time.Time) time.Time { return at.UTC().Truncate(time.Hour) }
