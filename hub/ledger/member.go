package ledger

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strings"
)

// member is a name and a value of an object; the value is in canonical JSON, and if it is an object, so are its members.
type member struct {
	name    string
	value   []byte
	members []member
}

var errBadText = errors.New("not an object of JSON")

// membersOf gives the members of an object in the order of their names. Their values are written as canonicalJSON would
// write them, but nothing is decoded on the way: most receipts are read once, to be sealed. Errors: no object, broken JSON,
// or a name that an object has twice.
func membersOf(text []byte) ([]member, error) {
	t := jsonText{text}
	if t.next() != '{' {
		return nil, errBadText
	}
	list, err := t.members()
	if t.next(); err == nil && len(t.rest) > 0 {
		err = errBadText
	}
	return list, err
}

// jsonText is what is still to be read of a text.
type jsonText struct{ rest []byte }

// next is the byte that the next token begins with; 0 at the end.
func (t *jsonText) next() byte {
	for i, c := range t.rest {
		if c != ' ' && c != '\t' && c != '\r' && c != '\n' {
			t.rest = t.rest[i:]
			return c
		}
	}
	t.rest = nil
	return 0
}

// take passes over this byte if it is next.
func (t *jsonText) take(c byte) bool {
	if t.next() != c {
		return false
	}
	t.rest = t.rest[1:]
	return true
}

// more passes over what stands before the next item, if there is one before the closing bracket. Items counts those read.
func (t *jsonText) more(closing byte, items int) (bool, error) {
	switch {
	case t.take(closing):
		return false, nil
	case items > 0 && !t.take(','):
		return false, errBadText
	}
	return true, nil
}

func (t *jsonText) members() ([]member, error) {
	t.take('{')
	list := make([]member, 0, 4)
	for {
		more, err := t.more('}', len(list))
		if err != nil {
			return nil, err
		}
		if !more {
			break
		}
		m, err := t.member()
		if err != nil {
			return nil, err
		}
		list = append(list, m)
	}
	slices.SortFunc(list, func(a, b member) int { return strings.Compare(a.name, b.name) })
	for i := 1; i < len(list); i++ {
		if list[i].name == list[i-1].name {
			return nil, errBadText
		}
	}
	return list, nil
}

func (t *jsonText) member() (m member, err error) {
	if m.name, err = t.text(); err != nil || !t.take(':') {
		return m, errBadText
	}
	if t.next() != '{' {
		m.value, err = t.value(nil)
		return m, err
	}
	m.members, err = t.members()
	m.value = appendMembers(nil, m.members)
	return m, err
}

func appendMembers(out []byte, list []member) []byte {
	out = append(out, '{')
	for i, m := range list {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(append(appendText(out, m.name), ':'), m.value...)
	}
	return append(out, '}')
}

// value writes the next value in canonical form.
func (t *jsonText) value(out []byte) ([]byte, error) {
	switch t.next() {
	case '{':
		list, err := t.members()
		return appendMembers(out, list), err
	case '[':
		return t.list(out)
	case '"':
		text, err := t.text()
		return appendText(out, text), err
	}
	return t.literal(out)
}

func (t *jsonText) list(out []byte) ([]byte, error) {
	t.take('[')
	out = append(out, '[')
	for i := 0; ; i++ {
		more, err := t.more(']', i)
		if err != nil || !more {
			return append(out, ']'), err
		}
		if i > 0 {
			out = append(out, ',')
		}
		if out, err = t.value(out); err != nil {
			return nil, err
		}
	}
}

// literal is a number, as it is written, or true, false or null.
func (t *jsonText) literal(out []byte) ([]byte, error) {
	end := bytes.IndexAny(t.rest, ",]} \t\r\n")
	if end < 0 {
		end = len(t.rest)
	}
	literal := t.rest[:end]
	t.rest = t.rest[end:]
	if !json.Valid(literal) {
		return out, errBadText
	}
	return append(out, literal...), nil
}

// text reads a string.
func (t *jsonText) text() (text string, err error) {
	if t.next() != '"' {
		return "", errBadText
	}
	for i := 1; i < len(t.rest); i++ {
		switch t.rest[i] {
		case '\\':
			i++
			continue
		case '"':
			whole := t.rest[:i+1]
			t.rest = t.rest[i+1:]
			if isPlain(whole[1:i]) {
				return string(whole[1:i]), nil
			}
			err = json.Unmarshal(whole, &text)
			return text, err
		}
	}
	return "", errBadText
}
