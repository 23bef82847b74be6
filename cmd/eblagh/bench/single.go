package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

const singleCallers = 16

// measureSingle: papers one by one over HTTP from sixteen clients, against one raw transaction per notice that writes the
// same rows over sixteen connections.
func measureSingle(ctx context.Context, b *bench) ([]row, error) {
	notices := b.size(40_000, 4_000)
	r, err := b.newRig(ctx, "api")
	if err != nil {
		return nil, err
	}
	defer r.stop()
	people, err := r.people(ctx, 1000, false)
	if err != nil {
		return nil, err
	}
	client, times, began := newClient(singleCallers), newLatencies(), time.Now()
	err = crowd(singleCallers, notices, func(i int) error {
		name := fmt.Sprintf("single-%08d", i)
		body, err := json.Marshal(paper(name, i, people[i%len(people)]))
		if err != nil {
			return err
		}
		sent := time.Now()
		defer func() { times.add(time.Since(sent)) }()
		return r.insist(ctx, client, "/v1/notices", http.StatusCreated, body, nil, "Idempotency-Key", name)
	})
	if err != nil {
		return nil, err
	}
	rate := float64(notices) / time.Since(began).Seconds()
	raw, err := r.rawSingles(ctx, min(notices, 20_000))
	if err != nil {
		return nil, err
	}
	return []row{
		atLeast("single submit over HTTP, 16 clients, against a raw transaction each", "notices/s", rate, raw, 1),
		atMost("single submit over HTTP, 16 clients: p99 against p50", "ms", times.at(99), times.at(50), 5),
	}, nil
}

// statement is one INSERT of a raw transaction: the values as text, as the hub wrote them.
type statement struct {
	table  string
	values [][]byte
}

// rawSingles writes the rows of so many notices into a database with the same schema, a transaction for each notice in
// one round trip, and gives notices a second.
func (r *rig) rawSingles(ctx context.Context, notices int) (float64, error) {
	into, err := r.database(ctx, "bench_singles")
	if err != nil {
		return 0, err
	}
	written, columns, err := r.written(ctx, notices)
	if err != nil {
		return 0, err
	}
	conns := make(chan *pgx.Conn, singleCallers)
	for range singleCallers {
		conn, err := pgx.Connect(ctx, into)
		if err != nil {
			return 0, err
		}
		defer conn.Close(ctx)
		for table, n := range columns {
			if _, err := conn.PgConn().Prepare(ctx, table, "INSERT INTO "+table+" VALUES ("+placeholders(n)+")", nil); err != nil {
				return 0, err
			}
		}
		conns <- conn
	}
	began := time.Now()
	err = crowd(singleCallers, len(written), func(i int) error {
		conn := <-conns
		defer func() { conns <- conn }()
		batch := &pgconn.Batch{} // one implicit transaction
		for _, s := range written[i] {
			batch.ExecPrepared(s.table, s.values, nil, nil)
		}
		return conn.PgConn().ExecBatch(ctx, batch).Close()
	})
	return float64(len(written)) / time.Since(began).Seconds(), err
}

func placeholders(n int) string {
	text := "$1"
	for i := 2; i <= n; i++ {
		text += fmt.Sprint(", $", i)
	}
	return text
}

// written reads what the hub wrote for each of so many notices, and how many columns each table has.
func (r *rig) written(ctx context.Context, notices int) ([][]statement, map[string]int, error) {
	byNotice, columns, order := map[string][]statement{}, map[string]int{}, []string{}
	for _, table := range append(accepted[:len(accepted):len(accepted)], "trail", "idempotency_keys") {
		key, from := "notice", table+" t"
		switch table {
		case "notices":
			key = "id"
		case "trail":
			key = "object"
		case "idempotency_keys": // they are called as the papers are
			key, from = "k.notice", from+" JOIN notice_refs k ON k.reference = t.key"
		}
		rows, err := r.sql.Query(ctx, fmt.Sprintf(`SELECT %s::text, t.* FROM %s WHERE %s IN (SELECT notice FROM notice_refs
			WHERE reference LIKE 'single-%%' ORDER BY reference LIMIT %d)`, key, from, key, notices), pgx.QueryExecModeSimpleProtocol)
		if err != nil {
			return nil, nil, err
		}
		columns[table] = len(rows.FieldDescriptions()) - 1
		for rows.Next() {
			raw := rows.RawValues()
			notice, values := string(raw[0]), make([][]byte, len(raw)-1)
			for i, value := range raw[1:] {
				if value != nil {
					values[i] = append([]byte{}, value...)
				}
			}
			if table == accepted[0] {
				order = append(order, notice)
			}
			byNotice[notice] = append(byNotice[notice], statement{table, values})
		}
		if err := rows.Err(); err != nil {
			return nil, nil, fmt.Errorf("read %s: %w", table, err)
		}
	}
	all := make([][]statement, len(order))
	for i, notice := range order {
		all[i] = byNotice[notice]
	}
	return all, columns, nil
}
