package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

const batchSize = 5000

// measureSubmit: how fast batches are durably accepted over HTTP, against a raw COPY of the rows that this writes.
func measureSubmit(ctx context.Context, b *bench) ([]row, error) {
	notices := b.size(100_000, 20_000)
	r, err := b.newRig(ctx, "api")
	if err != nil {
		return nil, err
	}
	defer r.stop()
	people, err := r.people(ctx, 1000, false)
	if err != nil {
		return nil, err
	}
	bodies := make([][]byte, notices/batchSize)
	for i := range bodies {
		if bodies[i], err = batch("bench", i*batchSize, batchSize, people); err != nil {
			return nil, err
		}
	}
	client, began := newClient(2), time.Now()
	err = crowd(2, len(bodies), func(i int) error {
		return r.insist(ctx, client, "/v1/notices/batch", http.StatusOK, bodies[i], nil, "Idempotency-Key", fmt.Sprint("bench-", i))
	})
	if err != nil {
		return nil, err
	}
	rate := float64(notices) / time.Since(began).Seconds()
	if n, err := r.count(ctx, `SELECT count(*) FROM notices WHERE reference LIKE 'bench-%'`); err != nil || n != int64(notices) {
		return nil, fmt.Errorf("%d of %d notices were accepted: %w", n, notices, err)
	}
	into, err := r.database(ctx, "bench_raw")
	if err != nil {
		return nil, err
	}
	raw, err := rawCopy(ctx, r.stack.Postgres.SocketURL(), into, notices)
	if err != nil {
		return nil, err
	}
	return []row{atLeast("batch submit over HTTP, against raw COPY of the same rows", "notices/s", rate, raw, 0.5)}, nil
}

// accepted are the tables that one accepted notice writes to, with its arrival, in order.
var accepted = []string{"notice_refs", "notices", "deliveries", "receipts", "inbox", "timers"}

// rawCopy takes the rows that the hub wrote and times how fast pgx alone COPYs the very same rows into a database with
// the same schema, indexes and triggers, in transactions of the same size. It gives notices a second.
func rawCopy(ctx context.Context, fromURL, intoURL string, notices int) (float64, error) {
	from, err := pgx.Connect(ctx, fromURL)
	if err != nil {
		return 0, err
	}
	defer from.Close(ctx)
	into, err := pgx.Connect(ctx, intoURL)
	if err != nil {
		return 0, err
	}
	defer into.Close(ctx)
	// Without statistics the rows of an inbox are looked for one by one, for a minute.
	if _, err := from.Exec(ctx, "ANALYZE "+strings.Join(accepted, ", ")); err != nil {
		return 0, err
	}
	var took time.Duration
	for offset := 0; offset < notices; offset += batchSize {
		var parts [][]byte
		for _, table := range accepted {
			var b bytes.Buffer
			if _, err := from.PgConn().CopyTo(ctx, &b, copyOut(table, offset)); err != nil {
				return 0, fmt.Errorf("read %s: %w", table, err)
			}
			parts = append(parts, b.Bytes())
		}
		began := time.Now()
		err := pgx.BeginFunc(ctx, into, func(tx pgx.Tx) error {
			for i, table := range accepted {
				_, err := tx.Conn().PgConn().CopyFrom(ctx, bytes.NewReader(parts[i]), "COPY "+table+" FROM STDIN (FORMAT binary)")
				if err != nil {
					return fmt.Errorf("copy into %s: %w", table, err)
				}
			}
			return nil
		})
		if err != nil {
			return 0, err
		}
		took += time.Since(began)
	}
	return float64(notices) / took.Seconds(), nil
}

// copyOut selects the rows of one batch of the measured notices.
func copyOut(table string, offset int) string {
	batch := fmt.Sprintf(`SELECT notice FROM notice_refs WHERE reference LIKE 'bench-%%' ORDER BY reference OFFSET %d LIMIT %d`, offset, batchSize)
	key := "notice"
	if table == "notices" {
		key = "id"
	}
	return "COPY (SELECT * FROM " + table + " WHERE " + key + " IN (" + batch + ")) TO STDOUT (FORMAT binary)"
}
