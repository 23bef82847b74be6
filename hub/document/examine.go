package document

import (
	"context"
	"errors"
	"fmt"
	"mime"
	"time"

	"github.com/gabriel-vasile/mimetype"

	"eblagh/hub"
)

// The media types that are taken in.
const (
	typePDF  = "application/pdf"
	typeJPEG = "image/jpeg"
	typePNG  = "image/png"
)

// refused makes the refusal of a document. The pointer is the whole body (RFC 6901 §5: the empty pointer).
func refused(code, detail string) error {
	return &hub.Error{Code: hub.CodeUnsupportedDocument, Detail: detail,
		Fields: []hub.Field{{Pointer: "", Code: code, Detail: detail}}}
}

// declared gives the media type that was declared, without parameters.
func declared(mediaType string) (string, error) {
	base, _, err := mime.ParseMediaType(mediaType)
	if err == nil {
		switch base {
		case typePDF, typeJPEG, typePNG:
			return base, nil
		}
	}
	return "", refused("unsupported-type", "PDF, JPEG and PNG are taken, as application/pdf, image/jpeg and image/png")
}

// examiner examines a bounded number of files at once, each for a bounded time.
type examiner struct {
	slots    chan struct{}
	patience time.Duration
	unpacked int64 // bytes that the streams of a PDF may become
}

// examine reports why a file cannot be taken in, if it cannot. Errors: unsupported-document, overloaded.
func (e *examiner) examine(ctx context.Context, content []byte, mediaType string) error {
	if len(content) == 0 {
		return refused("empty", "the file is empty")
	}
	if !mimetype.Detect(content).Is(mediaType) {
		return refused("wrong-type", "the file is not what it is declared to be")
	}
	if err := enter(ctx, e.slots); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, e.patience)
	done := make(chan error, 1)
	go func() {
		// The slot stays taken for as long as the work really runs, also when nobody waits for it any more.
		defer leave(e.slots)
		defer cancel()
		done <- e.guarded(ctx, content, mediaType)
	}()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}
	select {
	case err := <-done: // finished, and only then cancelled
		return err
	default:
		return gaveUp(ctx)
	}
}

func gaveUp(ctx context.Context) error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return refused("too-complex", "the file takes too long to examine")
	}
	return ctx.Err()
}

// guarded examines and turns a panic of a decoder into a refusal: whatever breaks a decoder here would break one at the
// addressee.
func (e *examiner) guarded(ctx context.Context, content []byte, mediaType string) (err error) {
	defer func() {
		if panicked := recover(); panicked != nil {
			err = broken(fmt.Errorf("panic: %T", panicked))
		}
	}()
	switch mediaType {
	case typePDF:
		err = examinePDF(ctx, content, e.unpacked)
	case typeJPEG:
		err = examineJPEG(content)
	default:
		err = examinePNG(content)
	}
	if err != nil && ctx.Err() != nil {
		return gaveUp(ctx)
	}
	return err
}

// broken refuses a file that does not read to its end. Of the cause only the kind is kept: its words may quote the file.
func broken(cause error) error {
	const detail = "the file is damaged and cannot be read"
	return &hub.Error{Code: hub.CodeUnsupportedDocument, Detail: detail, Cause: fmt.Errorf("decoder: %T", cause),
		Fields: []hub.Field{{Pointer: "", Code: "broken", Detail: detail}}}
}
