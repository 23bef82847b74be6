package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

	"eblagh/hub"
	"eblagh/hub/document"
)

const insertDocument = `INSERT INTO documents (id, submitter, sha256, size, media_type, file_name_ct)
	VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT ON CONSTRAINT documents_bytes_key DO NOTHING`

const selectDocument = `SELECT id, submitter, sha256, size, media_type, created_at, file_name_ct FROM documents
	WHERE submitter = $1 AND sha256 = $2`

// AddDocument implements document.Store.
func (db *DB) AddDocument(ctx context.Context, d hub.Document, name []byte) (kept document.Stored, err error) {
	err = db.write(ctx, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, insertDocument, d.ID, d.Submitter, d.SHA256[:], d.Size, d.MediaType, name)
		if err != nil {
			return err
		}
		// Ours, or the one that was there: a statement of its own sees what another transaction committed meanwhile.
		var digest []byte
		err = tx.QueryRow(ctx, selectDocument, d.Submitter, d.SHA256[:]).Scan(&kept.ID, &kept.Submitter, &digest,
			&kept.Size, &kept.MediaType, &kept.CreatedAt, &kept.Name)
		copy(kept.SHA256[:], digest)
		return err
	})
	if kept.ID == d.ID {
		kept.FileName = d.FileName
	}
	return kept, err
}

const hasBytes = `SELECT EXISTS (SELECT FROM document_bytes WHERE document = $1)`

// HasBytes implements document.Blobs.
func (db *DB) HasBytes(ctx context.Context, id hub.ID) (there bool, err error) {
	err = db.worker.QueryRow(ctx, hasBytes, id).Scan(&there)
	return there, translate(err)
}

const putBytes = `INSERT INTO document_bytes (document, bytes_ct) VALUES ($1, $2) ON CONFLICT DO NOTHING`

// PutBytes implements document.Blobs.
func (db *DB) PutBytes(ctx context.Context, id hub.ID, sealed []byte) error {
	_, err := db.exec(ctx, putBytes, id, sealed)
	return translate(err)
}

const getBytes = `SELECT bytes_ct FROM document_bytes WHERE document = $1`

// GetBytes implements document.Blobs.
func (db *DB) GetBytes(ctx context.Context, id hub.ID) (sealed []byte, err error) {
	err = db.worker.QueryRow(ctx, getBytes, id).Scan(&sealed)
	return sealed, translate(err)
}
