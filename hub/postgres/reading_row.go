package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"eblagh/hub"
	"eblagh/hub/reading"
	"eblagh/hub/rules"
)

// paperRow is a notice with what hangs on it. A query gives the columns that its caller may show.
type paperRow struct {
	Cursor        int64     `db:"cursor"`
	ArrivedAt     time.Time `db:"arrived_at"`
	OpenedAt      time.Time `db:"opened_at"`
	ID            hub.ID
	Number        string
	Kind          hub.Kind
	Reference     string
	Submitter     hub.ID
	Capacity      hub.Capacity
	Priority      hub.Priority
	Recipient     hub.ID
	Language      string
	NotBefore     time.Time `db:"not_before"`
	ExpiresAt     time.Time `db:"expires_at"`
	HearingAt     time.Time `db:"hearing_at"`
	CreatedAt     time.Time `db:"created_at"`
	OnBehalfOf    hub.ID    `db:"on_behalf_of"`
	Corrects      hub.ID
	CorrectedBy   hub.ID `db:"corrected_by"`
	Documents     []hub.ID
	CaseID        hub.ID `db:"case_id"`
	CaseNumber    string `db:"case_number"`
	ArchiveNumber string `db:"archive_number"`
	Branch        hub.ID
	BranchName    string `db:"branch_name"`
	SubjectCT     []byte `db:"subject_ct"`
	BodyCT        []byte `db:"body_ct"`
	CaseSubjectCT []byte `db:"case_subject_ct"`
	Restricted    bool
	Assigned      bool
}

func (r paperRow) paper() reading.Paper {
	return reading.Paper{
		Cursor: r.Cursor, Language: r.Language, Assigned: r.Assigned,
		Notice: hub.Notice{
			ID: r.ID, Number: r.Number, Reference: r.Reference, Submitter: r.Submitter, Kind: r.Kind, Capacity: r.Capacity,
			Case:      hub.Case{ID: r.CaseID, Branch: r.Branch, Number: r.CaseNumber, ArchiveNumber: r.ArchiveNumber, Restricted: r.Restricted},
			Branch:    hub.Organisation{ID: r.Branch, Kind: hub.OrganisationBranch, Name: r.BranchName},
			Recipient: r.Recipient, Priority: r.Priority, NotBefore: r.NotBefore, ExpiresAt: r.ExpiresAt,
			HearingAt: r.HearingAt, OnBehalfOf: r.OnBehalfOf, Corrects: r.Corrects, CorrectedBy: r.CorrectedBy, CreatedAt: r.CreatedAt,
			ArrivedAt: r.ArrivedAt, OpenedAt: r.OpenedAt,
		},
		Sealed: reading.Sealed{Subject: r.SubjectCT, Body: r.BodyCT, CaseSubject: r.CaseSubjectCT},
		Facts:  rules.Facts{SubmittedAt: r.CreatedAt, ArrivedAt: r.ArrivedAt, OpenedAt: r.OpenedAt},
	}
}

// documentRow is what is known of a document, without its bytes.
type documentRow struct {
	ID         hub.ID
	Submitter  hub.ID
	SHA256     []byte `db:"sha256"`
	Size       int64
	MediaType  string    `db:"media_type"`
	FileNameCT []byte    `db:"file_name_ct"`
	CreatedAt  time.Time `db:"created_at"`
}

func (r documentRow) sealed() reading.SealedDocument {
	d := hub.Document{ID: r.ID, Submitter: r.Submitter, Size: r.Size, MediaType: r.MediaType, CreatedAt: r.CreatedAt}
	copy(d.SHA256[:], r.SHA256) // 32 bytes, a CHECK holds it
	return reading.SealedDocument{Document: d, FileName: r.FileNameCT}
}

const selectDocuments = `
SELECT id, submitter, sha256, size, media_type, file_name_ct, created_at FROM documents WHERE id = ANY ($1)`

// withDocuments makes papers of rows, each with its documents in the order they were handed over.
func (v view) withDocuments(ctx context.Context, found []paperRow) ([]reading.Paper, error) {
	var wanted []hub.ID
	for _, row := range found {
		wanted = append(wanted, row.Documents...)
	}
	documents, err := v.documents(ctx, wanted)
	if err != nil {
		return nil, err
	}
	papers := make([]reading.Paper, len(found))
	for i, row := range found {
		papers[i] = row.paper()
		own, err := inOrder(documents, "notice", row.ID, row.Documents)
		if err != nil {
			return nil, err
		}
		for _, d := range own {
			papers[i].Notice.Documents = append(papers[i].Notice.Documents, d.Document)
			papers[i].Sealed.FileNames = append(papers[i].Sealed.FileNames, d.FileName)
		}
	}
	return papers, nil
}

// documentsOf gives the documents of one paper in the order they were handed over.
func (v view) documentsOf(ctx context.Context, what string, owner hub.ID, ids []hub.ID) ([]reading.SealedDocument, error) {
	documents, err := v.documents(ctx, ids)
	if err != nil {
		return nil, err
	}
	return inOrder(documents, what, owner, ids)
}

func (v view) documents(ctx context.Context, ids []hub.ID) (map[hub.ID]reading.SealedDocument, error) {
	documents := map[hub.ID]reading.SealedDocument{}
	if len(ids) == 0 {
		return documents, nil
	}
	rows, _ := v.tx.Query(ctx, selectDocuments, ids)
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[documentRow])
	if err != nil {
		return nil, fmt.Errorf("documents: %w", err)
	}
	for _, d := range list {
		documents[d.ID] = d.sealed()
	}
	return documents, nil
}

// inOrder picks documents. One that cannot be seen is a fault: no paper is shown as if it had fewer annexes than it has.
func inOrder(documents map[hub.ID]reading.SealedDocument, what string, owner hub.ID, ids []hub.ID) ([]reading.SealedDocument, error) {
	out := make([]reading.SealedDocument, len(ids))
	for i, id := range ids {
		d, ok := documents[id]
		if !ok {
			return nil, fmt.Errorf("document %s of %s %s cannot be seen", id, what, owner)
		}
		out[i] = d
	}
	return out, nil
}
