package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/klauspost/compress/zstd"
)

// recorder holds an answer until it is stored. It is an http.ResponseWriter.
type recorder struct {
	header http.Header
	status int
	body   bytes.Buffer
}

// Header implements http.ResponseWriter.
func (r *recorder) Header() http.Header { return r.header }

// WriteHeader implements http.ResponseWriter; the first status counts.
func (r *recorder) WriteHeader(status int) {
	if r.status == 0 {
		r.status = status
	}
}

// Write implements http.ResponseWriter.
func (r *recorder) Write(p []byte) (int, error) {
	r.WriteHeader(http.StatusOK)
	return r.body.Write(p)
}

// The answer of a batch is large and says much the same of each paper: packed it is a tenth, and so is what the store has
// to write.
var (
	packer, _ = zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(2),
		zstd.WithWindowSize(512<<10)) // no option is wrong
	unpacker, _ = zstd.NewReader(nil, zstd.WithDecoderConcurrency(2), zstd.WithDecoderMaxMemory(maxAnswer))
)

const (
	packedFrom = 4 << 10
	maxAnswer  = 64 << 20
)

// encode is the headers as one line of JSON, then the body as it is; a long one is packed as a whole (RFC 8878).
func (r *recorder) encode() []byte {
	head, _ := json.Marshal(r.header) // a map of strings always encodes
	out := make([]byte, 0, len(head)+1+r.body.Len())
	out = append(append(append(out, head...), '\n'), r.body.Bytes()...)
	if len(out) < packedFrom {
		return out
	}
	return packer.EncodeAll(out, nil)
}

func (r *recorder) decode(stored []byte) error {
	plain := stored
	if bytes.HasPrefix(stored, []byte{0x28, 0xb5, 0x2f, 0xfd}) {
		var err error
		if plain, err = unpacker.DecodeAll(stored, nil); err != nil {
			return err
		}
	}
	head, body, found := bytes.Cut(plain, []byte{'\n'})
	if !found {
		return errors.New("no head")
	}
	r.body.Write(body)
	return json.Unmarshal(head, &r.header)
}

func (r *recorder) copyTo(w http.ResponseWriter) {
	for name, values := range r.header {
		w.Header()[name] = values
	}
	w.WriteHeader(r.status)
	_, _ = w.Write(r.body.Bytes()) // the caller may be gone
}
