package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"eblagh/hub"
	"eblagh/hub/certificate"
	"eblagh/hub/reading"
)

const selectAddressee = `SELECT id, kind, national_id_ct, given_name_ct, family_name_ct, name_ct FROM persons WHERE id = $1`

// Addressee implements reading.CertificateView.
func (v view) Addressee(ctx context.Context, person hub.ID) (reading.SealedRecipient, error) {
	rows, _ := v.tx.Query(ctx, selectAddressee, person)
	found, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[reading.SealedRecipient])
	if err != nil {
		return reading.SealedRecipient{}, fmt.Errorf("addressee: %w", translate(err))
	}
	return found, nil
}

const selectCertificate = `SELECT id, said, notice, language, template, body_sha256, body_size, pdf_ct, receipt, issued_at
	FROM certificates WHERE said = $1`

// Certificate implements certificate.Store.
func (db *DB) Certificate(ctx context.Context, said string) (k certificate.Kept, err error) {
	err = scanCertificate(db.worker.QueryRow(ctx, selectCertificate, said), &k)
	return k, translate(err)
}

func scanCertificate(row pgx.Row, k *certificate.Kept) error {
	var digest []byte
	err := row.Scan(&k.ID, &k.Said, &k.Notice, &k.Language, &k.Template, &digest, &k.BodySize, &k.PDF, &k.Receipt, &k.IssuedAt)
	copy(k.BodySHA256[:], digest) // 32 bytes, a CHECK holds it
	return err
}

// The row and its receipt come together or not at all. What says the same is there already: nothing is written.
const insertCertificate = `
WITH made AS (
	INSERT INTO certificates (id, said, notice, language, template, body_sha256, body_size, pdf_ct, receipt)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT ON CONSTRAINT certificates_once DO NOTHING
	RETURNING notice, issued_at
)
INSERT INTO receipts (id, event, at, notice, submitter, case_id, recipient, capacity, actor_kind, actor, auth, details)
SELECT $9, $10, m.issued_at, n.id, n.submitter, n.case_id, n.recipient, n.capacity, $11, $12, $13, $14
FROM made m JOIN notices n ON n.id = m.notice`

// AddCertificate implements certificate.Store.
func (db *DB) AddCertificate(ctx context.Context, c certificate.Kept, actor hub.Actor) (kept certificate.Kept, err error) {
	err = db.write(ctx, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, insertCertificate, c.ID, c.Said, c.Notice, c.Language, c.Template, c.BodySHA256[:], c.BodySize,
			c.PDF, c.Receipt, hub.EventCertificateIssued, actor.Kind, actor.ID, actor.Auth, c.Details())
		if err != nil {
			return fmt.Errorf("keep certificate: %w", err)
		}
		// Ours, or the one that was there: a statement of its own sees what another transaction committed meanwhile.
		return scanCertificate(tx.QueryRow(ctx, selectCertificate, c.Said), &kept)
	})
	return kept, err
}
