package postgres

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"

	_ "github.com/jackc/pgx/v5/stdlib" // goose migrates through database/sql
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"eblagh/hub"
)

//go:embed migrations/*.sql
var migrations embed.FS

// MigrationFiles is the schema's history, for tools that fingerprint it.
func MigrationFiles() fs.FS { return migrations }

// Migrate brings the schema up to date as the owner and fixes whether the instance is live or test. Several processes
// may call it at once. Errors: the mode differs from the one that the database was made with.
func Migrate(ctx context.Context, ownerURL, mode string) error {
	sqlDB, err := sql.Open("pgx", ownerURL)
	if err != nil {
		return fmt.Errorf("owner url: %w", err)
	}
	defer sqlDB.Close()
	provider, err := newProvider(sqlDB)
	if err != nil {
		return err
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	return fixMode(ctx, sqlDB, mode)
}

func newProvider(sqlDB *sql.DB) (*goose.Provider, error) {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, err
	}
	locker, err := lock.NewPostgresSessionLocker()
	if err != nil {
		return nil, err
	}
	return goose.NewProvider(goose.DialectPostgres, sqlDB, files, goose.WithSessionLocker(locker))
}

func fixMode(ctx context.Context, sqlDB *sql.DB, mode string) error {
	var was string
	const query = `WITH made AS (INSERT INTO instance (mode) VALUES ($1) ON CONFLICT DO NOTHING RETURNING mode)
		SELECT mode FROM made UNION ALL SELECT mode FROM instance LIMIT 1`
	if err := sqlDB.QueryRowContext(ctx, query, mode).Scan(&was); err != nil {
		return fmt.Errorf("instance mode: %w", err)
	}
	return sameMode(was, mode)
}

func sameMode(is, mode string) error {
	if is != mode {
		return hub.Refuse(hub.CodeWrongMode, "this database belongs to a "+is+" instance, not a "+mode+" one")
	}
	return nil
}

// checkVersion compares the newest migration applied with the newest known.
func (db *DB) checkVersion(ctx context.Context) error {
	var applied int64
	err := db.worker.QueryRow(ctx, `SELECT max(version_id) FROM goose_db_version WHERE is_applied`).Scan(&applied)
	if err != nil {
		return fmt.Errorf("schema version (run `eblagh migrate` first): %w", translate(err))
	}
	needed, err := newestMigration()
	if err != nil {
		return err
	}
	if applied < needed {
		return fmt.Errorf("the schema is at %d, this program needs %d: run `eblagh migrate`", applied, needed)
	}
	return nil
}

// newestMigration is the number of the last file.
func newestMigration() (newest int64, err error) {
	files, err := fs.Glob(migrations, "migrations/*.sql")
	for _, file := range files {
		n, err := goose.NumericComponent(file)
		if err != nil {
			return 0, fmt.Errorf("migrations: %w", err)
		}
		newest = max(newest, n)
	}
	return newest, err
}
