package web

import (
	"mime"
	"strconv"
)

// certificate answers GET /court/notices/{notice}/certificate and GET /inbox/{notice}/certificate with the signed paper
// in the language of the page.
func (s *site) certificate(v *visit) error {
	notice, err := v.id("notice")
	if err != nil {
		return err
	}
	file, err := s.deps.Certificates.Issue(v.r.Context(), v.principal, notice, string(v.language))
	if err != nil {
		return err
	}
	h := v.w.Header()
	h.Set("Content-Type", "application/pdf")
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": file.Name}))
	h.Set("Content-Length", strconv.Itoa(len(file.PDF)))
	_, _ = v.w.Write(file.PDF) // the reader went away: nobody is left to tell
	return nil
}
