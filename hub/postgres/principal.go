package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"eblagh/hub"
	"eblagh/hub/access"
)

const setPrincipal = `SELECT set_config('eblagh.person', $1, true), set_config('eblagh.organisations', $2, true),
	set_config('eblagh.roles', $3, true), set_config('eblagh.acting_for', $4, true), set_config('eblagh.carries_for', $5, true),
	set_config('eblagh.heads', $6, true)`

// as names the principal of the running transaction of the app role.
func as(ctx context.Context, tx pgx.Tx, p access.Principal) error {
	at := placesOf(p)
	_, err := tx.Exec(ctx, setPrincipal, idText(p.PersonID()), arrayText(at.desks), arrayText(at.roles), idText(p.For.LegalPerson),
		arrayText(at.carries), arrayText(at.heads))
	if err != nil {
		return fmt.Errorf("set principal: %w", err)
	}
	return nil
}

// places are the roles of a principal, and its organisations: those of its desks, those of them whose head or manager it
// is, and those that it carries papers for, who reads nothing else there.
type places struct {
	roles                 []hub.Role
	desks, heads, carries []hub.ID
}

func placesOf(p access.Principal) (at places) {
	for _, g := range p.Grants {
		at.roles = append(at.roles, g.Role)
		switch {
		case g.Organisation.IsZero():
		case g.Role == hub.RoleServiceOfficer:
			at.carries = append(at.carries, g.Organisation)
		case g.Role == hub.RoleJudge, g.Role == hub.RoleOfficeManager:
			at.heads = append(at.heads, g.Organisation)
			fallthrough
		default:
			at.desks = append(at.desks, g.Organisation)
		}
	}
	return at
}

// sees asks row-level security whether a principal sees what is about to be changed for them past it. query finds a row.
// Errors: not-found.
func (db *DB) sees(ctx context.Context, p access.Principal, query string, args ...any) error {
	return db.read(ctx, p, func(tx pgx.Tx) error {
		var found int
		return tx.QueryRow(ctx, query, args...).Scan(&found)
	})
}

// change is write in a transaction of the app role, as the principal: row-level security decides on every row that fn
// changes. Errors of its own: not-found for a row that is not the principal's to change; forbidden for a row that it must
// not come to be.
func (db *DB) change(ctx context.Context, p access.Principal, fn func(pgx.Tx) error) error {
	return writeOn(ctx, db.app, riderOf(ctx), func(tx pgx.Tx) error {
		if err := as(ctx, tx, p); err != nil {
			return err
		}
		return fn(tx)
	})
}

// arrayText is the text of a Postgres array of words that need no quoting.
func arrayText[T any](items []T) string {
	text := "{"
	for i, item := range items {
		if i > 0 {
			text += ","
		}
		text += fmt.Sprint(item)
	}
	return text + "}"
}
