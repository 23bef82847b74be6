package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"golang.org/x/mod/sumdb/tlog"

	"eblagh/hub"
	"eblagh/hub/audit"
	"eblagh/hub/ledger"
)

// Audit is the database as an audit reads it.
func (db *DB) Audit() audit.Store { return auditor{db, db.worker} }

type auditor struct {
	db *DB
	q  querier
}

// Now implements audit.Store.
func (a auditor) Now(ctx context.Context) (time.Time, error) { return a.db.Now(ctx) }

const selectHeadsAfter = `SELECT size, root, at, coalesce(note, '') AS note FROM log_checkpoints WHERE size > $1
	ORDER BY size LIMIT $2`

type headRow struct {
	Size int64
	Root []byte
	At   time.Time
	Note string
}

func (r headRow) head() audit.Head {
	h := audit.Head{Tree: tlog.Tree{N: r.Size}, Time: r.At, Note: r.Note}
	copy(h.Hash[:], r.Root)
	return h
}

// Checkpoints implements audit.LogStore.
func (a auditor) Checkpoints(ctx context.Context, after int64, limit int) ([]audit.Head, error) {
	list, err := collect[headRow](ctx, a.q, selectHeadsAfter, after, limit)
	return column(list, headRow.head), err
}

const selectNewestHeads = `
(SELECT size, root, at, note FROM log_checkpoints WHERE note IS NOT NULL ORDER BY size DESC LIMIT 1)
UNION ALL
(SELECT size, root, at, '' FROM log_checkpoints ORDER BY size DESC LIMIT 1)`

// NewestHead implements audit.LogStore.
func (a auditor) NewestHead(ctx context.Context) (signed audit.Head, newest int64, err error) {
	list, err := collect[headRow](ctx, a.q, selectNewestHeads)
	for _, r := range list {
		if r.Note != "" {
			signed = r.head()
		}
		newest = max(newest, r.Size)
	}
	return signed, newest, err
}

// StoredTiles implements audit.LogStore.
func (a auditor) StoredTiles(ctx context.Context, tiles []tlog.Tile) ([][]byte, error) {
	return readTiles(ctx, a.q, tiles, func(t tlog.Tile, width int, stored []byte) []byte {
		cut, err := ledger.CutTile(t.L, t.W, stored)
		if err != nil || width < t.W {
			return nil
		}
		return cut
	})
}

// What a receipt is like now, beside its place in the log; $1 and $2 bound the places.
const selectLeaves = `
SELECT l.index, l.receipt, r.id IS NOT NULL AS there, coalesce(r.id, l.receipt) AS id, coalesce(r.event, '') AS event, r.at,
	r.recorded_at, r.notice, r.submitter, r.case_id, r.recipient, coalesce(r.capacity, '') AS capacity,
	coalesce(r.actor_kind, '') AS actor_kind, r.actor, coalesce(r.auth, '') AS auth, coalesce(r.channel, '') AS channel,
	coalesce(r.provider, '') AS provider, coalesce(r.provider_message_id, '') AS provider_message_id,
	coalesce(r.provider_status, '') AS provider_status, coalesce(r.reason, '') AS reason, coalesce(r.rule, '') AS rule,
	coalesce(r.rule_version, '') AS rule_version, coalesce(r.details, '{}') AS details, r.salt, coalesce(r.form, 0) AS form
FROM log_leaves l LEFT JOIN receipts r ON r.id = l.receipt
WHERE l.index >= $1 AND l.index < $2 ORDER BY l.index LIMIT $3`

type leafRow struct {
	receiptRow
	Receipt hub.ID
	There   bool
	Salt    []byte
	Form    int
	Index   int64
}

func (r leafRow) leaf() audit.Leaf {
	l := audit.Leaf{Index: r.Index, Receipt: r.Receipt}
	if r.There {
		l.Sealed = &ledger.Receipt{Receipt: r.receiptRow.receipt(), Submitter: r.Submitter, Form: r.Form}
		copy(l.Sealed.Salt[:], r.Salt) // 16 bytes, a CHECK holds it
	}
	return l
}

const selectKeyLeaves = `SELECT index, entry FROM log_keys WHERE index >= $1 AND index < $2 ORDER BY index`

type keyLeafRow struct {
	Index int64
	Entry string
}

// Leaves implements audit.LogStore.
func (a auditor) Leaves(ctx context.Context, from, to int64) ([]audit.Leaf, error) {
	list, err := collect[leafRow](ctx, a.q, selectLeaves, from, to, to-from)
	if err != nil {
		return nil, err
	}
	keys, err := collect[keyLeafRow](ctx, a.q, selectKeyLeaves, from, to)
	if err != nil {
		return nil, err
	}
	leaves := column(list, leafRow.leaf)
	for _, k := range keys {
		leaves = append(leaves, audit.Leaf{Index: k.Index, Key: k.Entry})
	}
	return leaves, nil
}

// LeavesFrom implements audit.LogStore.
func (a auditor) LeavesFrom(ctx context.Context, index int64, limit int) ([]audit.Leaf, error) {
	list, err := collect[leafRow](ctx, a.q, selectLeaves, index, int64(1)<<62, limit)
	return column(list, leafRow.leaf), err
}

const auditReceipts = `
SELECT r.id, r.event, r.at, r.recorded_at, l.receipt IS NOT NULL AS sealed, r.notice IS NULL OR n.id IS NOT NULL AS noticed,
	coalesce(i.arrived_at, o.opened_at) AS row_at
FROM (SELECT id, event, at, recorded_at, notice, recipient FROM receipts WHERE id > $1 ORDER BY id LIMIT $2) r
	LEFT JOIN log_leaves l ON l.receipt = r.id
	LEFT JOIN notices n ON n.id = r.notice
	LEFT JOIN inbox i ON r.event = 'ContentConsignment' AND i.recipient = r.recipient AND i.notice = r.notice
	LEFT JOIN opens o ON r.event = 'ContentHandover' AND o.notice = r.notice
ORDER BY r.id`

// Receipts implements audit.RowStore.
func (a auditor) Receipts(ctx context.Context, after hub.ID, limit int) ([]audit.ReceiptRow, error) {
	return collect[audit.ReceiptRow](ctx, a.q, auditReceipts, key(after), limit)
}

const auditArrivals = `
SELECT i.recipient, i.cursor, i.notice, EXISTS (SELECT FROM receipts r WHERE r.notice = i.notice AND r.at = i.arrived_at
	AND r.event = 'ContentConsignment' AND r.recipient = i.recipient) AS proven
FROM (SELECT recipient, cursor, notice, arrived_at FROM inbox WHERE (recipient, cursor) > ($1, $2)
	ORDER BY recipient, cursor LIMIT $3) i
ORDER BY i.recipient, i.cursor`

// Arrivals implements audit.RowStore.
func (a auditor) Arrivals(ctx context.Context, after audit.ArrivalKey, limit int) ([]audit.ArrivalRow, error) {
	return collect[audit.ArrivalRow](ctx, a.q, auditArrivals, key(after.Recipient), after.Cursor, limit)
}

const auditOpenings = `
SELECT o.notice, EXISTS (SELECT FROM receipts r WHERE r.notice = o.notice AND r.at = o.opened_at
	AND r.event = 'ContentHandover' AND r.recipient = o.recipient) AS proven
FROM (SELECT notice, recipient, opened_at FROM opens WHERE notice > $1 ORDER BY notice LIMIT $2) o ORDER BY o.notice`

// Openings implements audit.RowStore.
func (a auditor) Openings(ctx context.Context, after hub.ID, limit int) ([]audit.OpeningRow, error) {
	return collect[audit.OpeningRow](ctx, a.q, auditOpenings, key(after), limit)
}

const auditNotices = `
SELECT n.id, n.subject_ct, n.body_ct, a.parts IS NOT NULL AS accepted, coalesce(a.parts->>'subject', '') AS subject,
	coalesce(a.parts->>'body', '') AS body,
	coalesce((SELECT array_agg(d #>> '{}' ORDER BY nth) FROM jsonb_array_elements(a.parts->'documents')
		WITH ORDINALITY AS e (d, nth)), '{}') AS sealed,
	coalesce((SELECT array_agg(coalesce(encode(d.sha256, 'hex'), '') ORDER BY nth) FROM unnest(n.documents)
		WITH ORDINALITY AS u (id, nth) LEFT JOIN documents d ON d.id = u.id), '{}') AS documents
FROM (SELECT id, subject_ct, body_ct, documents FROM notices WHERE id > $1 ORDER BY id LIMIT $2) n
	LEFT JOIN LATERAL (SELECT r.details->'parts' AS parts FROM receipts r
		WHERE r.notice = n.id AND r.event = 'SubmissionAcceptance' ORDER BY r.at, r.id LIMIT 1) a ON true
ORDER BY n.id`

// Notices implements audit.RowStore.
func (a auditor) Notices(ctx context.Context, after hub.ID, limit int) ([]audit.NoticeRow, error) {
	return collect[audit.NoticeRow](ctx, a.q, auditNotices, key(after), limit)
}

const auditDocuments = `
SELECT d.id, d.sha256, d.size, b.document IS NOT NULL AS present, e.erased_at, coalesce(e.basis, '') AS basis,
	b.document IS NULL AND e.document IS NULL
		AND EXISTS (SELECT FROM notices n WHERE n.submitter = d.submitter AND d.id = ANY (n.documents)) AS served,
	e.document IS NOT NULL AND EXISTS (SELECT FROM receipts r WHERE r.id = e.receipt AND r.event = 'eblagh:DocumentErased'
		AND r.details->>'sha256' = encode(d.sha256, 'hex')) AS proven
FROM (SELECT id, submitter, sha256, size FROM documents WHERE id > $1 ORDER BY id LIMIT $2) d
	LEFT JOIN document_bytes b ON b.document = d.id
	LEFT JOIN erasures e ON e.document = d.id
ORDER BY d.id`

// Documents implements audit.RowStore.
func (a auditor) Documents(ctx context.Context, after hub.ID, limit int) ([]audit.DocumentRow, error) {
	return collect[audit.DocumentRow](ctx, a.q, auditDocuments, key(after), limit)
}

const auditCertificates = `
SELECT c.id, c.pdf_ct, coalesce((r.details->>'size')::bigint, 0) AS size, coalesce(r.details->>'sha256', '') AS sha256
FROM (SELECT id, pdf_ct, receipt FROM certificates WHERE id > $1 ORDER BY id LIMIT $2) c
	LEFT JOIN receipts r ON r.id = c.receipt AND r.event = 'eblagh:CertificateIssued'
ORDER BY c.id`

// Certificates implements audit.RowStore.
func (a auditor) Certificates(ctx context.Context, after hub.ID, limit int) ([]audit.CertificateRow, error) {
	return collect[audit.CertificateRow](ctx, a.q, auditCertificates, key(after), limit)
}

// key is a place in a walk: here the zero ID is the beginning, and not NULL.
func key(id hub.ID) pgtype.UUID { return pgtype.UUID{Bytes: id, Valid: true} }

// collect reads rows into structs by their columns' names.
func collect[R any](ctx context.Context, q querier, sql string, args ...any) ([]R, error) {
	rows, _ := q.Query(ctx, sql, args...)
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[R])
	if err != nil {
		return nil, translate(fmt.Errorf("audit: %w", err))
	}
	return list, nil
}
