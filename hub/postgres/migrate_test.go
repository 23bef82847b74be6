package postgres_test

import (
	"strings"
	"testing"

	"eblagh/hub/postgres"
	"eblagh/hub/postgres/pgtest"
)

// A schema that lacks the newest migration is refused, however many numbers there are between the migrations.
func TestASchemaOlderThanTheProgramIsRefused(t *testing.T) {
	url := pgtest.URL(t)
	open := func() error {
		db, err := postgres.Open(t.Context(), postgres.Options{URL: url})
		if err == nil {
			db.Close()
		}
		return err
	}
	if err := open(); err != nil {
		t.Fatal(err)
	}
	if err := pgtest.Run(t.Context(), url, `DELETE FROM goose_db_version
		WHERE version_id = (SELECT max(version_id) FROM goose_db_version)`); err != nil {
		t.Fatal(err)
	}
	if err := open(); err == nil || !strings.Contains(err.Error(), "eblagh migrate") {
		t.Errorf("opened: %v", err)
	}
}
