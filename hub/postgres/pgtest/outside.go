package pgtest

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// Run carries out statements on the database at the URL, one after another, each a transaction of its own.
func Run(ctx context.Context, url string, statements ...string) error {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	for _, statement := range statements {
		if _, err := conn.Exec(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}

// Rows gives what a query finds in the database at the URL, every value as text, NULL as "".
func Rows(ctx context.Context, url, query string) ([][]string, error) {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return nil, err
	}
	defer conn.Close(ctx)
	rows, err := conn.Query(ctx, query, pgx.QueryExecModeSimpleProtocol)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) ([]string, error) {
		raw := row.RawValues()
		texts := make([]string, len(raw))
		for i, value := range raw {
			texts[i] = string(value)
		}
		return texts, nil
	})
}
