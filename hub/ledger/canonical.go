package ledger

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
)

// errNotCanonical says that bytes are JSON, but not as this package writes it.
var errNotCanonical = errors.New("not in canonical form")

// canonicalJSON writes a value in canonical JSON. Values are what encoding/json decodes to, with or without UseNumber;
// anything else goes through encoding/json first.
func canonicalJSON(value any) ([]byte, error) {
	return appendCanonical(nil, value)
}

func appendCanonical(out []byte, value any) ([]byte, error) {
	switch v := value.(type) {
	case nil:
		return append(out, "null"...), nil
	case bool:
		return strconv.AppendBool(out, v), nil
	case string:
		return appendText(out, v), nil
	case json.Number:
		return append(out, v...), nil
	case float64:
		return strconv.AppendFloat(out, v, 'f', -1, 64), nil
	case []any:
		return appendList(out, v)
	case map[string]any:
		return appendObject(out, v)
	}
	text, err := json.Marshal(value)
	if err != nil {
		return nil, err
	}
	decoded, err := decodeJSON(text)
	if err != nil {
		return nil, err
	}
	return appendCanonical(out, decoded)
}

func appendList(out []byte, list []any) (_ []byte, err error) {
	out = append(out, '[')
	for i, item := range list {
		if i > 0 {
			out = append(out, ',')
		}
		if out, err = appendCanonical(out, item); err != nil {
			return nil, err
		}
	}
	return append(out, ']'), nil
}

func appendObject(out []byte, object map[string]any) (_ []byte, err error) {
	out = append(out, '{')
	for i, name := range slices.Sorted(maps.Keys(object)) {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(appendText(out, name), ':')
		if out, err = appendCanonical(out, object[name]); err != nil {
			return nil, err
		}
	}
	return append(out, '}'), nil
}

// appendText escapes what must be and nothing else, RFC 8785 §3.2.2.2. What is no UTF-8 becomes U+FFFD.
func appendText(out []byte, text string) []byte {
	const short = "btn\x00fr" // of U+0008 to U+000D
	out = append(out, '"')
	if isPlain(text) {
		return append(append(out, text...), '"')
	}
	for _, r := range text {
		switch {
		case r == '"' || r == '\\':
			out = append(out, '\\', byte(r))
		case r >= 0x08 && r <= 0x0d && r != 0x0b:
			out = append(out, '\\', short[r-0x08])
		case r < 0x20:
			out = append(out, fmt.Sprintf(`\u%04x`, r)...)
		default:
			out = append(out, string(r)...)
		}
	}
	return append(out, '"')
}

// isPlain reports whether a text is written as it is: most are.
func isPlain[T string | []byte](text T) bool {
	for i := range len(text) {
		if c := text[i]; c < 0x20 || c >= 0x80 || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}

// decodeJSON decodes one value and keeps its numbers as they are written.
func decodeJSON(text []byte) (any, error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return nil, err
	}
	if _, err := decoder.Token(); err != io.EOF {
		return nil, errors.New("more than one JSON value")
	}
	return value, nil
}

// isCanonical reports whether the text is exactly how its own value is written.
func isCanonical(text []byte) bool {
	value, err := decodeJSON(text)
	if err != nil {
		return false
	}
	again, err := canonicalJSON(value)
	return err == nil && bytes.Equal(text, again)
}
