package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

	"eblagh/hub"
	"eblagh/hub/access"
	"eblagh/hub/dispatch"
)

const selectCorrectable = `SELECT n.id, n.submitter, n.recipient, i.notice IS NOT NULL
	FROM notices n LEFT JOIN inbox i ON i.recipient = n.recipient AND i.notice = n.id WHERE n.id = $1`

// Correctable implements dispatch.Corrections.
func (db *DB) Correctable(ctx context.Context, p access.Principal, notice hub.ID) (c dispatch.Corrected, err error) {
	err = db.read(ctx, p, func(tx pgx.Tx) error {
		return tx.QueryRow(ctx, selectCorrectable, notice).Scan(&c.Notice, &c.Submitter, &c.Recipient, &c.Arrived)
	})
	return c, err
}

var correctionColumns = into("corrections", "corrects uuid", "notice uuid")

// correctionRows: the key of the table lets a notice be corrected once.
func (a *acceptance) correctionRows() [][]any {
	var out [][]any
	for _, r := range a.rows {
		if !r.Corrects.IsZero() {
			out = append(out, []any{r.Corrects, r.Notice})
		}
	}
	return out
}
