package api

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"io"
	"mime"
	"net"
	"net/http"

	"eblagh/hub"
)

// The limits of bodies, in bytes, as API.md fixes them.
const (
	limitDocument = 20 << 20
	limitBatch    = 16 << 20
	limitElse     = 256 << 10
)

// payload says what a route's body is.
type payload int

const (
	payloadNone     payload = iota
	payloadJSON             // held in memory: limitElse at most
	payloadStream           // JSON, decoded while it comes
	payloadDocument         // bytes of a paper
)

// mediaTypes lists what a payload may be declared as.
func (p payload) mediaTypes() []string {
	switch p {
	case payloadJSON, payloadStream:
		return []string{"application/json"}
	case payloadDocument:
		return []string{"application/pdf", "image/jpeg", "image/png"}
	}
	return nil
}

// checkMediaType refuses a body that is not declared as what the route takes. A form that a foreign page can send never
// passes. Errors: 415.
func (p payload) checkMediaType(r *http.Request) error {
	declared, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err == nil {
		for _, t := range p.mediaTypes() {
			if t == declared {
				return nil
			}
		}
	}
	if p == payloadDocument {
		return refuseField(hub.CodeUnsupportedDocument, "/header/content_type", "media_type",
			"declare the document as application/pdf, image/jpeg or image/png")
	}
	return withStatus(http.StatusUnsupportedMediaType, refuseField(hub.CodeValidation, "/header/content_type",
		"media_type", "declare the body as application/json"))
}

// hold reads a body that is bounded already, so that it can be hashed before it is used, and puts it back.
func hold(r *http.Request) ([]byte, error) {
	var buf bytes.Buffer
	if r.ContentLength > 0 {
		buf.Grow(int(r.ContentLength) + bytes.MinRead) // bounded: openBody refused longer ones
	}
	if _, err := buf.ReadFrom(r.Body); err != nil {
		return nil, bodyError(err)
	}
	r.Body = heldBody{bytes.NewReader(buf.Bytes()), buf.Bytes()}
	return buf.Bytes(), nil
}

// heldBody is a body in memory. Bytes spares who needs it whole a second copy.
type heldBody struct {
	*bytes.Reader
	all []byte
}

func (heldBody) Close() error { return nil }

// Bytes gives the whole body.
func (b heldBody) Bytes() []byte { return b.all }

// openBody bounds the body before anything reads it. Errors: too-large, when the length is declared.
func openBody(w http.ResponseWriter, r *http.Request, limit int64) error {
	if r.ContentLength > limit {
		w.Header().Set("Connection", "close") // do not read the rest just to keep the connection
		return errTooLarge
	}
	r.Body = http.MaxBytesReader(w, r.Body, limit)
	return nil
}

var errTooLarge = hub.Refuse(hub.CodeTooLarge, "the body is larger than this call takes")

// bodyError turns what reading a body may say into a refusal.
func bodyError(err error) error {
	var tooLarge *http.MaxBytesError
	var network net.Error
	switch {
	case errors.As(err, &tooLarge):
		return errTooLarge
	case errors.As(err, &network) && network.Timeout():
		return withStatus(http.StatusRequestTimeout, refuseField(hub.CodeValidation, "", "slow", "the body came too slowly"))
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, http.ErrBodyReadAfterClose):
		return withStatus(http.StatusBadRequest, refuseField(hub.CodeValidation, "", "cut", "the body ended too early"))
	}
	return err
}

// requestHash names a request: its method, its address and its body.
func requestHash(r *http.Request, body []byte) []byte {
	h := sha256.New()
	h.Write([]byte(r.Method + "\n" + r.URL.Path + "\n" + r.URL.RawQuery + "\n"))
	h.Write(body)
	return h.Sum(nil)
}
