package api

import (
	"cmp"
	"encoding"
	"errors"
	"io"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"eblagh/hub"
)

// shape reads one JSON value into a Go value, token by token, and notes unknown fields, repeated fields and wrong types
// by their pointers. It stops when it has noted enough.
type shape struct {
	dec      *jsontext.Decoder
	most     int // how many problems to note
	problems hub.Problems
}

// loosely is how strictly JSON is read: what repeats itself is noted in its place, and U+FFFD stands for what is no UTF-8.
var loosely = jsontext.Options(json.JoinOptions(jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)))

// maxList is how long a list is read; no field may have as many items.
const maxList = 1000

// errEnough says that the rest need not be looked at.
var errEnough = errors.New("enough problems")

func (d *shape) note(pointer, code, detail string) {
	if len(d.problems) < d.most {
		d.problems.Add(pointer, code, detail)
	}
}

// enough is errEnough once nothing more would be noted.
func (d *shape) enough() error {
	if len(d.problems) >= d.most {
		return errEnough
	}
	return nil
}

// into reads the next value. Errors: broken JSON or a failing reader; all else is noted.
func (d *shape) into(v reflect.Value, pointer string, depth int) error {
	token, err := d.token()
	if err != nil {
		return err
	}
	return d.value(token, v, pointer, depth)
}

func (d *shape) value(token jsontext.Token, v reflect.Value, pointer string, depth int) error {
	kind := token.Kind()
	if kind == 'n' { // null is the same as absent
		return nil
	}
	if v.Kind() == reflect.Pointer {
		v.Set(reflect.New(v.Type().Elem()))
		v = v.Elem()
	}
	switch {
	case kind == '{' && v.Kind() == reflect.Struct && v.Type() != timeType:
		return d.object(v, pointer, depth+1)
	case kind == '[' && v.Kind() == reflect.Slice:
		return d.array(v, pointer, depth+1)
	case opens(token):
		d.note(pointer, "type", "this must be "+typeName(v))
		return d.skip(depth)
	}
	d.scalar(token, v, pointer)
	return nil
}

func opens(token jsontext.Token) bool { return token.Kind() == '{' || token.Kind() == '[' }

// more reports whether an object or a list goes on. Where the text is broken, the next token says so.
func (d *shape) more() bool {
	switch d.dec.PeekKind() {
	case '}', ']', jsontext.KindInvalid:
		return false
	}
	return true
}

func (d *shape) object(v reflect.Value, pointer string, depth int) error {
	seen := make([]bool, v.NumField())
	for d.more() {
		token, err := d.token()
		if err != nil {
			return err
		}
		name := token.String()
		field, known := fieldByName(v.Type(), name)
		at := child(pointer, name)
		switch {
		case !known:
			d.note(at, "unknown", "there is no such field here")
			err = d.skipValue(depth)
		case seen[field]:
			d.note(at, "repeated", "this field stands here more than once")
			err = d.skipValue(depth)
		default:
			seen[field] = true
			err = d.into(v.Field(field), at, depth)
		}
		if err := cmp.Or(err, d.enough()); err != nil {
			return err
		}
	}
	_, err := d.token()
	return err
}

func (d *shape) array(v reflect.Value, pointer string, depth int) error {
	v.Set(reflect.MakeSlice(v.Type(), 0, 0))
	for i := 0; d.more(); i++ {
		if i == maxList {
			d.note(pointer, "too_many", "this list is too long")
			return errEnough
		}
		item := reflect.New(v.Type().Elem()).Elem()
		if err := d.into(item, pointer+"/"+strconv.Itoa(i), depth); err != nil {
			return err
		}
		if err := d.enough(); err != nil {
			return err
		}
		v.Set(reflect.Append(v, item))
	}
	_, err := d.token()
	return err
}

var timeType = reflect.TypeFor[time.Time]()

func (d *shape) scalar(token jsontext.Token, v reflect.Value, pointer string) {
	switch token.Kind() {
	case '"':
		d.text(token.String(), v, pointer)
		return
	case 't', 'f':
		if v.Kind() == reflect.Bool {
			v.SetBool(token.Bool())
			return
		}
	case '0':
		if n, err := strconv.ParseInt(token.String(), 10, 32); err == nil && v.Kind() == reflect.Int {
			v.SetInt(n)
			return
		}
	}
	d.note(pointer, "type", "this must be "+typeName(v))
}

func (d *shape) text(s string, v reflect.Value, pointer string) {
	if strings.ContainsRune(s, 0) { // what Postgres cannot store
		d.note(pointer, "characters", "this text holds a character that cannot be stored")
		return
	}
	if v.Type() == timeType {
		at, err := time.Parse(time.RFC3339, s)
		if err != nil || at.Year() < 1900 || at.Year() > 9999 {
			d.note(pointer, "format", "this must be "+typeName(v))
			return
		}
		v.Set(reflect.ValueOf(at.UTC().Truncate(time.Microsecond)))
		return
	}
	if u, ok := v.Addr().Interface().(encoding.TextUnmarshaler); ok {
		if s == "" || u.UnmarshalText([]byte(s)) != nil {
			d.note(pointer, "format", "this must be "+typeName(v))
		}
		return
	}
	if v.Kind() != reflect.String {
		d.note(pointer, "type", "this must be "+typeName(v))
		return
	}
	v.SetString(s)
}

// skipValue passes over the next value.
func (d *shape) skipValue(depth int) error {
	token, err := d.token()
	if err != nil || !opens(token) {
		return err
	}
	return d.skip(depth)
}

// skip passes over the rest of a value whose opening was read.
func (d *shape) skip(depth int) error {
	for open := 1; open > 0; {
		token, err := d.token()
		if err != nil {
			return err
		}
		switch token.Kind() {
		case '{', '[':
			open++
		case '}', ']':
			open--
		}
		if depth+open > maxDepth {
			return errTooDeep
		}
	}
	return nil
}

var errTooDeep = refuseField(hub.CodeValidation, "", "depth", "the body nests too deep")

// token gives the next token; it is gone with the one after.
func (d *shape) token() (jsontext.Token, error) {
	token, err := d.dec.ReadToken()
	if err != nil {
		return token, jsonError(err)
	}
	return token, nil
}

// jsonError tells broken JSON from a body that could not be read, which is what a decoder may have wrapped.
func jsonError(err error) error {
	var refused *hub.Error
	if errors.As(err, &refused) {
		return refused
	}
	if read := bodyError(err); read != err { //nolint:errorlint // whether it is another
		return read
	}
	var syntax *jsontext.SyntacticError
	if errors.As(err, &syntax) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errBrokenJSON
	}
	return err
}

// fieldNames keeps, by type, which field has which name.
var fieldNames sync.Map // of reflect.Type: map[string]int

// fieldByName finds the field of a struct whose json tag has the name.
func fieldByName(t reflect.Type, name string) (int, bool) {
	names, ok := fieldNames.Load(t)
	if !ok {
		names, _ = fieldNames.LoadOrStore(t, namesOf(t))
	}
	i, known := names.(map[string]int)[name] //nolint:errcheck // it holds nothing else
	return i, known
}

func namesOf(t reflect.Type) map[string]int {
	names := map[string]int{}
	for i := range t.NumField() {
		tag, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		if _, twice := names[tag]; tag != "" && !twice {
			names[tag] = i
		}
	}
	return names
}

func typeName(v reflect.Value) string {
	switch {
	case v.Type() == timeType:
		return "a time as RFC 3339 writes it"
	case v.Type() == reflect.TypeFor[hub.ID]():
		return "a UUID"
	case v.Kind() == reflect.Struct:
		return "an object"
	case v.Kind() == reflect.Slice:
		return "a list"
	case v.Kind() == reflect.Bool:
		return "true or false"
	case v.Kind() == reflect.Int:
		return "a whole number"
	}
	return "text"
}
