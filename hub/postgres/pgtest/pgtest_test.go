package pgtest_test

import (
	"context"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"eblagh/hub/postgres/pgtest"
)

// query runs one statement that answers one text.
func query(t *testing.T, url, statement string) string {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	var got string
	if err := conn.QueryRow(t.Context(), statement).Scan(&got); err != nil {
		t.Fatal(err)
	}
	return got
}

func TestACloneIsOfOneTestAndEndsWithIt(t *testing.T) {
	var first string
	t.Run("a test with a clone", func(t *testing.T) {
		first = pgtest.URL(t)
		if first != pgtest.URL(t) {
			t.Fatal("the same test got two clones")
		}
		if now, err := pgtest.New(t).Now(t.Context()); err != nil || now.IsZero() {
			t.Fatalf("got %v, %v", now, err)
		}
		if got := query(t, first, "SELECT mode FROM instance"); got != "test" {
			t.Fatalf("mode is %q", got)
		}
		if got := query(t, first, "INSERT INTO organisations (id, kind, code, name) "+
			"VALUES (gen_random_uuid(), 'branch', '1', 'mine') RETURNING name"); got != "mine" {
			t.Fatalf("got %q", got)
		}
	})
	second := pgtest.URL(t)
	if second == first {
		t.Fatal("two tests got one clone")
	}
	if got := query(t, second, "SELECT count(*)::text FROM organisations"); got != "0" {
		t.Fatalf("a row leaked: %q", got)
	}
	const left = "SELECT count(*)::text FROM pg_database WHERE $q$URL$q$ LIKE '%/' || datname || '?%'"
	if got := query(t, second, strings.ReplaceAll(left, "URL", first)); got != "0" {
		t.Fatal("the first test's clone is still there")
	}
}

func TestServersOfATestsOwn(t *testing.T) {
	redis := pgtest.NewRedis(t)
	if err := redis.FlushAll(t.Context()); err != nil {
		t.Fatal(err)
	}
	pg := pgtest.NewPostgres(t)
	if err := pg.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := query(t, pg.URL(), "SELECT mode FROM instance"); got != "test" {
		t.Fatalf("mode is %q", got)
	}
}
