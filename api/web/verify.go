package web

import (
	"crypto/sha256"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"regexp"
	"time"

	"eblagh/hub"
	"eblagh/hub/ledger"
	"eblagh/hub/verdict"
)

// verifyDocuments bounds how many documents one check may bring, and verifyDocument how large each may be.
const (
	verifyDocuments = 20
	verifyDocument  = 20 << 20
)

// verifyPage tells how to check a bundle, and what a check found.
type verifyPage struct {
	Keys        []string
	Certificate string // the id that the address names
	Issued      time.Time
	Unknown     bool // no certificate has that id
	Done        bool
	Result      verdict.Result
	Conclusion  []string
	Lines       []verdict.Line
	Missing     bool // the form came without a bundle
}

// verifyForm answers GET /verify?certificate=, which the QR code of a certificate leads to. It needs no sign-in, and says
// of a certificate only that it was issued, and when.
func (s *site) verifyForm(v *visit) error {
	data, err := v.verifyPage()
	if err != nil {
		return err
	}
	if id := v.r.URL.Query().Get("certificate"); id != "" {
		data.Certificate, data.Unknown = id, true
		if regexp.MustCompile(`^[0-9a-f]{32}$`).MatchString(id) {
			data.Issued, err = s.deps.Proof.Issued(v.r.Context(), id)
			if err != nil && hub.CodeOf(err) != hub.CodeNotFound {
				return err
			}
			data.Unknown = err != nil
		} else {
			data.Certificate = ""
		}
	}
	return v.render(http.StatusOK, "verify", data)
}

// verify answers POST /verify. What is sent is looked at and forgotten: a bundle holds what only its owner may see.
func (s *site) verify(v *visit) error {
	data, err := v.verifyPage()
	if err != nil {
		return err
	}
	q, err := v.readVerification()
	if err != nil {
		return err
	}
	if len(q.Bundle) == 0 {
		data.Missing = true
		return v.render(http.StatusUnprocessableEntity, "verify", data)
	}
	if q.Keys, err = ledger.ParseKeys(data.Keys...); err != nil {
		return err
	}
	words, err := verdict.ReadWords(string(v.language))
	if err != nil {
		return err
	}
	report := verdict.Of(q)
	data.Done, data.Result, data.Lines, data.Conclusion = true, report.Result, words.Lines(report), words.Conclusion(report, q)
	return v.render(http.StatusOK, "verify", data)
}

func (v *visit) verifyPage() (verifyPage, error) {
	keys, err := v.site.deps.Proof.LogKeys(v.r.Context())
	return verifyPage{Keys: keys}, err
}

// readVerification reads the form part by part. Of documents only the digest is kept.
func (v *visit) readVerification() (verdict.Request, error) {
	var q verdict.Request
	err := eachPart(v.r, func(part *multipart.Part) error { return takeEvidence(&q, part) })
	return q, err
}

// takeEvidence keeps what one field of the form brings. A browser sends an empty part when no file was chosen.
func takeEvidence(q *verdict.Request, part *multipart.Part) error {
	if part.FileName() == "" {
		return nil
	}
	switch part.FormName() {
	case "bundle":
		return readPart(part, ledger.MaxBundle, &q.Bundle)
	case "certificate":
		return readPart(part, verifyDocument, &q.Certificate)
	case "documents":
		if len(q.Documents) == verifyDocuments {
			return errTooMuch
		}
		sum := sha256.New()
		if n, err := io.Copy(sum, io.LimitReader(part, verifyDocument+1)); err != nil || n > verifyDocument {
			return errors.Join(errTooMuch, err)
		}
		q.Documents = append(q.Documents, ledger.Given{Name: part.FileName(), SHA256: [32]byte(sum.Sum(nil))})
	}
	return nil
}

var errTooMuch = hub.Refuse(hub.CodeTooLarge, "at most 20 documents of 20 MB each can be checked at once")

func readPart(part *multipart.Part, limit int64, into *[]byte) error {
	content, err := io.ReadAll(io.LimitReader(part, limit+1))
	if err != nil {
		return unreadable(err)
	}
	if int64(len(content)) > limit {
		return errTooMuch
	}
	*into = content
	return nil
}
