package postgres

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"eblagh/hub"
	"eblagh/hub/audit"
	"eblagh/hub/trail"
)

const auditSealings = `SELECT id, event, details FROM receipts
	WHERE event IN ('eblagh:TrailDigest', 'eblagh:TrailDetached') AND id > $1 ORDER BY id LIMIT $2`

// Sealings implements audit.TrailStore.
func (a auditor) Sealings(ctx context.Context, after hub.ID, limit int) ([]audit.SealingRow, error) {
	return collect[audit.SealingRow](ctx, a.q, auditSealings, key(after), limit)
}

// TrailEntries implements audit.TrailStore.
func (a auditor) TrailEntries(ctx context.Context, hour time.Time, after hub.ID, limit int) ([]trail.Entry, error) {
	list, err := collect[trailRecord](ctx, a.q, selectHour, hour, key(after), limit)
	return column(list, trailRecord.entry), err
}

const auditUnended = `SELECT ` + trailColumns + ` FROM trail t WHERE hour = $1 AND id > $2 AND outcome = 'begun' AND at < $3
	AND NOT EXISTS (SELECT FROM trail e WHERE e.call = t.call AND e.outcome <> 'begun' AND e.hour BETWEEN t.hour AND t.hour + interval '1 day')
	ORDER BY id LIMIT $4`

// TrailUnended implements audit.TrailStore.
func (a auditor) TrailUnended(ctx context.Context, hour, until time.Time, after hub.ID, limit int) ([]trail.Entry, error) {
	list, err := collect[trailRecord](ctx, a.q, auditUnended, hour, key(after), until, limit)
	return column(list, trailRecord.entry), err
}

// TrailMarks implements audit.TrailStore.
func (a auditor) TrailMarks(ctx context.Context, hour time.Time, part int) (marks []byte, err error) {
	err = a.q.QueryRow(ctx, `SELECT marks FROM trail_parts WHERE hour = $1 AND part = $2`, hour, part).Scan(&marks)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	return marks, translate(err)
}

const auditOutside = `SELECT ` + trailColumns + ` FROM trail WHERE hour < $3 AND ($1::timestamptz IS NULL OR hour < $1 OR hour > $2)
	ORDER BY hour, id LIMIT $4`

// TrailOutside implements audit.TrailStore.
func (a auditor) TrailOutside(ctx context.Context, first, last, until time.Time, limit int) ([]trail.Entry, error) {
	list, err := collect[trailRecord](ctx, a.q, auditOutside, orNull(first), orNull(last), until, limit)
	return column(list, trailRecord.entry), err
}
