package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"eblagh/hub"
	"eblagh/hub/document"
)

const (
	lockDocument = `SELECT submitter, sha256, hub_now() AS now FROM documents WHERE id = $1 FOR UPDATE`

	selectCarriers = `SELECT id FROM notices WHERE submitter = $1 AND $2 = ANY (documents) ORDER BY id`

	insertErasure = `INSERT INTO erasures (document, basis, receipt) VALUES ($1, $2, $3)`

	// A document that no notice carries has one receipt, of no notice.
	insertErasureReceipts = `
INSERT INTO receipts (id, event, at, notice, submitter, case_id, recipient, capacity, actor_kind, actor, auth, details)
SELECT u.id, $3, hub_now(), n.id, $4, n.case_id, n.recipient, coalesce(n.capacity, ''), $5, $6, $7, $8
FROM unnest($1::uuid[], $2::uuid[]) AS u (id, notice) LEFT JOIN notices n ON n.id = u.notice`
)

// EraseDocument implements document.Erasures.
func (db *DB) EraseDocument(ctx context.Context, e document.Erasure) (notices int, err error) {
	err = db.write(ctx, func(tx pgx.Tx) error {
		d := hub.Document{ID: e.Document}
		var digest []byte
		var now time.Time
		if err := tx.QueryRow(ctx, lockDocument, e.Document).Scan(&d.Submitter, &digest, &now); err != nil {
			return fmt.Errorf("document: %w", err)
		}
		copy(d.SHA256[:], digest)
		rows, _ := tx.Query(ctx, selectCarriers, d.Submitter, d.ID)
		carriers, err := pgx.CollectRows(rows, pgx.RowTo[hub.ID])
		if err != nil {
			return fmt.Errorf("notices with the document: %w", err)
		}
		notices = len(carriers)
		if notices == 0 {
			carriers = []hub.ID{{}}
		}
		receipts := column(carriers, func(hub.ID) hub.ID { return hub.NewID(now) })
		if _, err := tx.Exec(ctx, insertErasure, d.ID, e.Basis, receipts[0]); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `DELETE FROM document_bytes WHERE document = $1`, d.ID); err != nil {
			return fmt.Errorf("bytes: %w", err)
		}
		_, err = tx.Exec(ctx, insertErasureReceipts, receipts, carriers, hub.EventDocumentErased, d.Submitter,
			e.Actor.Kind, e.Actor.ID, e.Actor.Auth, document.ErasedDetails(d, e.Basis))
		if err != nil {
			return fmt.Errorf("receipts of the erasure: %w", err)
		}
		return nil
	})
	return notices, err
}

const selectErasures = `SELECT e.document, d.submitter, d.sha256, d.size, e.basis, e.erased_at
	FROM erasures e JOIN documents d ON d.id = e.document WHERE e.document > $1 ORDER BY e.document LIMIT $2`

// Erasures lists what was erased, a page at a time.
func (db *DB) Erasures(ctx context.Context, after hub.ID, limit int) ([]document.Erased, error) {
	return collect[document.Erased](ctx, db.worker, selectErasures, key(after), limit)
}
