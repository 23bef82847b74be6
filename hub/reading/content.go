package reading

import (
	"fmt"

	"eblagh/hub"
)

// unseal gives the notice with everything that was sealed in it.
func (r *Reader) unseal(p Paper) (hub.Notice, error) {
	n := p.Notice
	var err error
	if n.Subject, err = r.vault.OpenText(p.Sealed.Subject, "notices.subject:"+n.ID.String()); err != nil {
		return hub.Notice{}, fmt.Errorf("notice %s: %w", n.ID, err)
	}
	if n.Body, err = r.vault.OpenText(p.Sealed.Body, "notices.body:"+n.ID.String()); err != nil {
		return hub.Notice{}, fmt.Errorf("notice %s: %w", n.ID, err)
	}
	if n.Case.Subject, err = r.vault.OpenText(p.Sealed.CaseSubject, "cases.subject:"+n.Case.ID.String()); err != nil {
		return hub.Notice{}, fmt.Errorf("notice %s: %w", n.ID, err)
	}
	n.Documents = make([]hub.Document, len(p.Notice.Documents))
	for i, d := range p.Notice.Documents {
		if n.Documents[i], err = r.unsealDocument(SealedDocument{Document: d, FileName: p.Sealed.FileNames[i]}); err != nil {
			return hub.Notice{}, err
		}
	}
	return n, nil
}

func (r *Reader) unsealDocument(s SealedDocument) (hub.Document, error) {
	d := s.Document
	var err error
	if d.FileName, err = r.vault.OpenText(s.FileName, "documents.file_name:"+d.ID.String()); err != nil {
		return hub.Document{}, fmt.Errorf("document %s: %w", d.ID, err)
	}
	return d, nil
}

// cover is all that shows of a paper before it is opened.
func (r *Reader) cover(p Paper, language string) hub.Cover {
	if language == "" {
		language = p.Language
	}
	return hub.Cover{
		ID: p.Notice.ID, Number: p.Notice.Number, Kind: p.Notice.Kind, ArrivedAt: p.Notice.ArrivedAt,
		Branch:       hub.BranchRef{ID: p.Notice.Branch.ID, Name: p.Notice.Branch.Name},
		OpeningMeans: r.openings.Means(p.Notice.Kind, language),
	}
}
