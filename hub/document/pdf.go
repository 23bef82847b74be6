package document

import (
	"bytes"
	"context"
	"errors"

	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/model"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/validate"
)

const (
	maxPages    = 5000
	maxUnpacked = 256 << 20 // bytes of all streams that reading must unpack
)

// examinePDF holds a PDF to being whole, open and passive.
func examinePDF(ctx context.Context, content []byte, unpacked int64) error {
	if !hasEnd(content) {
		return broken(errors.New("no end of file"))
	}
	corrupt, err := checkUnpacked(ctx, content, unpacked)
	if err != nil {
		return err
	}
	pdf, err := pdfcpu.ReadWithContext(ctx, bytes.NewReader(content), pdfLimits(unpacked))
	if errors.Is(err, pdfcpu.ErrWrongPassword) || (err != nil && bytes.Contains(content, []byte("/Encrypt"))) {
		return encrypted()
	}
	if err != nil {
		return broken(err)
	}
	if pdf.Encrypt != nil {
		return encrypted()
	}
	if what := active(pdf.XRefTable); what != "" {
		return refused("active-content", "the PDF carries "+what+"; papers must be passive")
	}
	if err := validate.XRefTable(pdf); err != nil {
		return broken(err)
	}
	if corrupt {
		return broken(errors.New("a stream does not unpack"))
	}
	return checkPages(pdf)
}

func encrypted() error {
	return refused("encrypted", "the PDF is protected by a password or restrictions")
}

func checkPages(pdf *model.Context) error {
	if err := pdf.EnsurePageCount(); err != nil {
		return broken(err)
	}
	switch {
	case pdf.PageCount < 1:
		return refused("no-pages", "the PDF has no pages")
	case pdf.PageCount > maxPages:
		return refused("too-complex", "the PDF has too many pages")
	}
	return nil
}

// pdfLimits configures the reader as it would be without a configuration file: relaxed, offline, and bounded.
func pdfLimits(unpacked int64) *model.Configuration {
	limits := model.DefaultResourceLimits()
	limits.MaxStreamBytes = MaxSize
	limits.MaxDecodeBytes = unpacked / 4
	limits.MaxObjectCount = 500_000
	limits.MaxXRefEntries = 500_000
	limits.MaxObjectStreamCount = 100_000
	return &model.Configuration{
		Reader15: true, ValidationMode: model.ValidationRelaxed, Offline: true, Cmd: model.VALIDATE, Limits: limits,
		UnsupportedResourcePolicy: model.UnsupportedResourceSkip,
	}
}

// hasEnd looks for the end of file that ISO 32000-1 §7.5.5 asks for. The reader below repairs files that were cut off;
// a paper that was cut off must not be served.
func hasEnd(content []byte) bool {
	tail := content[max(0, len(content)-2048):]
	return bytes.Contains(tail, []byte("startxref")) && bytes.Contains(tail, []byte("%%EOF"))
}
