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

// holdStep is how much of a body is read at a time: what is held never has to be copied as it grows.
const holdStep = 1 << 20

// hold reads a body that is bounded already, so that it can be named before it is used, and puts it back. It gives the
// hash that names the request: of its method, its address and its body.
func hold(r *http.Request) ([]byte, error) {
	h := sha256.New()
	h.Write([]byte(r.Method + "\n" + r.URL.Path + "\n" + r.URL.RawQuery + "\n"))
	step := holdStep
	if r.ContentLength >= 0 && r.ContentLength < holdStep {
		step = int(r.ContentLength) + 1 // one more, to see the end
	}
	var parts []io.Reader
	for {
		part := make([]byte, step)
		n, err := io.ReadFull(r.Body, part)
		h.Write(part[:n])
		parts = append(parts, bytes.NewReader(part[:n]))
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) { // the end, in or after this part
			if r.Body = io.NopCloser(io.MultiReader(parts...)); len(parts) == 1 {
				r.Body = io.NopCloser(parts[0]) // which is read without a buffer between
			}
			return h.Sum(nil), nil
		}
		if err != nil {
			return nil, bodyError(err)
		}
	}
}

// openBody bounds the body before anything reads it. Errors: too-large, when the length is declared.
func openBody(w http.ResponseWriter, r *http.Request, limit int64) error {
	if r.ContentLength > limit {
		w.Header().Set("Connection", "close") // do not read the rest just to keep the connection
		return errTooLarge
	}
	r.Body = wholeBody{http.MaxBytesReader(w, r.Body, limit)}
	return nil
}

// wholeBody tells a body that was cut off from one that has ended: readers take io.ErrUnexpectedEOF for both.
type wholeBody struct{ io.ReadCloser }

// Read implements io.Reader.
func (b wholeBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if errors.Is(err, io.ErrUnexpectedEOF) {
		err = errCut
	}
	return n, err
}

var errCut = withStatus(http.StatusBadRequest, refuseField(hub.CodeValidation, "", "cut", "the body ended too early"))

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
	}
	return err
}
