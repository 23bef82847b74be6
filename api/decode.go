package api

import (
	"bytes"
	"errors"
	"net/http"
	"reflect"

	"github.com/danielgtaylor/huma/v2"
	"github.com/go-json-experiment/json/jsontext"

	"eblagh/hub"
)

// errBrokenJSON says that a body is no JSON at all. It is a 400; a well-formed body with wrong content is a 422.
var errBrokenJSON = withStatus(http.StatusBadRequest,
	refuseField(hub.CodeValidation, "", "json", "the body is not well-formed JSON"))

// maxDepth is how deep a body may nest. No call needs more than five.
const maxDepth = 32

// Body is the JSON body of a call. Huma hands it the bytes; take tells everything that is wrong with them at once.
type Body[T any] struct {
	value    T
	problems hub.Problems
	err      error
}

// read reads strictly and keeps what is wrong for take.
func (b *Body[T]) read(data []byte) {
	if !jsontext.Value(data).IsValid(loosely) {
		b.err = errBrokenJSON
		return
	}
	b.problems, b.err = readShape(data, reflect.ValueOf(&b.value).Elem(), maxFieldErrors)
}

// readShape reads well-formed JSON into v and tells at most so many problems. Errors: it nests too deep.
func readShape(data []byte, v reflect.Value, most int) (hub.Problems, error) {
	d := shape{dec: jsontext.NewDecoder(bytes.NewBuffer(data), loosely), most: most}
	if err := d.into(v, "", 0); err != nil && !errors.Is(err, errEnough) {
		return nil, err
	}
	return d.problems, nil
}

// take gives the value. Errors: broken JSON; else validation, with every field that is unknown or of the wrong type.
func (b *Body[T]) take() (T, error) {
	if b.err != nil {
		return b.value, b.err
	}
	return b.value, b.problems.Err()
}

// Schema implements huma.SchemaProvider: a body looks like its value.
func (b Body[T]) Schema(r huma.Registry) *huma.Schema {
	return r.Schema(reflect.TypeFor[T](), true, "")
}

// readJSON is how huma reads JSON here: never failing, for what is wrong is told by take.
func readJSON(data []byte, into any) error {
	b, ok := into.(interface{ read([]byte) })
	if !ok {
		return errors.New("only a Body is read")
	}
	b.read(data)
	return nil
}
