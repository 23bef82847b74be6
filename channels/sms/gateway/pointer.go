package gateway

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"strings"
)

func (p Pointers) valid() bool {
	for _, text := range []string{p.Items, p.ID, p.Word} {
		if text != "" && text[0] != '/' {
			return false
		}
	}
	return true
}

// parse reads exactly one JSON value; numbers stay as they are written, for ids are longer than a float is exact.
func parse(text []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var value any
	if err := d.Decode(&value); err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("more than one JSON value")
	}
	return value, nil
}

// at finds what a JSON pointer points to (RFC 6901 §4), nil when there is nothing.
func at(value any, pointer string) any {
	if pointer == "" {
		return value
	}
	for token := range strings.SplitSeq(pointer[1:], "/") {
		token = strings.ReplaceAll(strings.ReplaceAll(token, "~1", "/"), "~0", "~")
		switch v := value.(type) {
		case map[string]any:
			value = v[token]
		case []any:
			i, err := strconv.Atoi(token)
			if err != nil || i < 0 || i >= len(v) || strconv.Itoa(i) != token {
				return nil
			}
			value = v[i]
		default:
			return nil
		}
	}
	return value
}

// textAt is the text, number or truth value under a pointer, "" when there is none.
func textAt(value any, pointer string) string {
	switch v := at(value, pointer).(type) {
	case string:
		return strings.TrimSpace(v)
	case json.Number:
		return v.String()
	case bool:
		return strconv.FormatBool(v)
	}
	return ""
}

// items are the parts of a report: a list, or a single one.
func items(value any, pointer string) []any {
	switch v := at(value, pointer).(type) {
	case []any:
		return v
	case map[string]any:
		return []any{v}
	}
	return nil
}
