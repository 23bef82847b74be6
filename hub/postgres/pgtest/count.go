package pgtest

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"
)

// Count runs a query that gives one number, on a database that the test knows by its URL.
func Count(t testing.TB, url, query string) int64 {
	t.Helper()
	conn, err := pgx.Connect(context.Background(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	var n int64
	if err := conn.QueryRow(context.Background(), query).Scan(&n); err != nil {
		t.Fatalf("%v: %s", err, query)
	}
	return n
}
