package postgres

import (
	"context"

	"eblagh/hub"
)

// sharedNumber asks whether somebody else who is enrolled has the number of the contact c, in force, as well. Each index is asked by
// itself: with both in one condition a bitmap of them is made for every text.
const (
	sharedNumber = `(EXISTS (SELECT FROM contacts o JOIN persons op ON op.id = o.person
		WHERE o.mobile_index = c.mobile_index AND ` + anothers + `)
	OR EXISTS (SELECT FROM contacts o JOIN persons op ON op.id = o.person
		WHERE o.mobile_index_b = c.mobile_index_b AND ` + anothers + `))`
	anothers = `o.until IS NULL AND o.person <> c.person AND op.activated_at IS NOT NULL`
)

const selectShared = `SELECT ` + sharedNumber + ` FROM contacts c WHERE c.person = $1 AND c.until IS NULL`

// SharesPhone implements dispatch.Opens.
func (db *DB) SharesPhone(ctx context.Context, person hub.ID) (shared bool, err error) {
	err = db.worker.QueryRow(ctx, selectShared, person).Scan(&shared)
	return shared, orNone(err)
}
