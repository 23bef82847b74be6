package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"eblagh/hub"
	"eblagh/hub/reading"
)

const selectHeld = `SELECT id, case_id, client, scope, since, until, organisation, registered_by, created_at, replaces, ended_at,
	coalesce(end_reason, '') AS end_reason, branch, branch_name, case_number, archive_number, given_name_ct, family_name_ct,
	name_ct, reference_ct FROM hub_held($1, $2)`

type heldRow struct {
	ID            hub.ID
	CaseID        hub.ID `db:"case_id"`
	Client        hub.ID
	Scope         hub.AttorneyScope
	Since         time.Time
	Until         time.Time
	Organisation  hub.ID
	RegisteredBy  hub.ID    `db:"registered_by"`
	CreatedAt     time.Time `db:"created_at"`
	Replaces      hub.ID
	EndedAt       time.Time       `db:"ended_at"`
	EndReason     hub.AttorneyEnd `db:"end_reason"`
	Branch        hub.ID
	BranchName    string `db:"branch_name"`
	CaseNumber    string `db:"case_number"`
	ArchiveNumber string `db:"archive_number"`
	GivenNameCT   []byte `db:"given_name_ct"`
	FamilyNameCT  []byte `db:"family_name_ct"`
	NameCT        []byte `db:"name_ct"`
	ReferenceCT   []byte `db:"reference_ct"`
}

// Held implements reading.CaseView.
func (v view) Held(ctx context.Context, before hub.ID, limit int) ([]reading.HeldRow, time.Time, error) {
	var at time.Time
	var lawyer hub.ID
	if err := v.tx.QueryRow(ctx, `SELECT hub_now(), hub_person()`).Scan(&at, &lawyer); err != nil {
		return nil, at, fmt.Errorf("held: %w", err)
	}
	rows, _ := v.tx.Query(ctx, selectHeld, orGreatest(before), limit)
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[heldRow])
	if err != nil {
		return nil, at, fmt.Errorf("held: %w", err)
	}
	return column(list, func(r heldRow) reading.HeldRow {
		return reading.HeldRow{
			Attorney: hub.Attorney{ID: r.ID, Case: r.CaseID, Lawyer: lawyer, Client: r.Client, Scope: r.Scope, From: r.Since,
				Until: r.Until, Organisation: r.Organisation, RegisteredBy: r.RegisteredBy, CreatedAt: r.CreatedAt,
				Replaces: r.Replaces, EndedAt: r.EndedAt, EndReason: r.EndReason},
			Case:      hub.Case{ID: r.CaseID, Branch: r.Branch, Number: r.CaseNumber, ArchiveNumber: r.ArchiveNumber},
			Branch:    hub.Organisation{ID: r.Branch, Kind: hub.OrganisationBranch, Name: r.BranchName},
			Client:    reading.SealedName{Person: r.Client, GivenName: r.GivenNameCT, FamilyName: r.FamilyNameCT, Name: r.NameCT},
			Reference: r.ReferenceCT,
		}
	}), at, nil
}

const selectNames = `SELECT id, given_name_ct, family_name_ct, name_ct FROM persons WHERE id = ANY ($1)`

// Names implements reading.CaseView.
func (v view) Names(ctx context.Context, people []hub.ID) ([]reading.SealedName, error) {
	rows, _ := v.tx.Query(ctx, selectNames, people)
	names, err := pgx.CollectRows(rows, pgx.RowToStructByPos[reading.SealedName])
	if err != nil {
		return nil, fmt.Errorf("names: %w", err)
	}
	return names, nil
}

const noteReference = `INSERT INTO attorney_references (attorney, reference_ct)
	SELECT id, $3 FROM attorneys WHERE id = $1 AND lawyer = $2
	ON CONFLICT (attorney) DO UPDATE SET reference_ct = excluded.reference_ct, updated_at = hub_now()`

// NoteReference implements enrol.AttorneyStore.
func (db *DB) NoteReference(ctx context.Context, attorney, lawyer hub.ID, sealed []byte) error {
	done, err := db.worker.Exec(ctx, noteReference, attorney, lawyer, sealed)
	if err == nil && done.RowsAffected() == 0 {
		return hub.ErrNotFound
	}
	return translate(err)
}
