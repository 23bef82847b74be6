package postgres

import (
	"bytes"
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

const bindVault = `UPDATE instance SET vault = coalesce(vault, $1) RETURNING vault`

// BindVault ties the database to the key file it is filled under, at the first start, and refuses any other later: a key
// file lost or swapped would otherwise show as every name and paper being unreadable. fingerprint is the vault's.
func (db *DB) BindVault(ctx context.Context, fingerprint []byte) error {
	var bound []byte
	err := db.write(ctx, func(tx pgx.Tx) error { return tx.QueryRow(ctx, bindVault, fingerprint).Scan(&bound) })
	if err != nil {
		return fmt.Errorf("bind vault: %w", err)
	}
	if !bytes.Equal(bound, fingerprint) {
		return fmt.Errorf("this database was filled under another key file (fingerprint %x, this one is %x)", bound, fingerprint)
	}
	return nil
}

// CheckMode refuses a process of the other mode: a test notice in a real inbox would be service.
// Errors: wrong-mode.
func (db *DB) CheckMode(ctx context.Context, mode string) error {
	var is string
	if err := db.worker.QueryRow(ctx, `SELECT mode FROM instance`).Scan(&is); err != nil {
		return translate(fmt.Errorf("instance mode: %w", err))
	}
	return sameMode(is, mode)
}
