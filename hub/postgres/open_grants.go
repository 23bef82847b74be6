package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

	"eblagh/hub"
	"eblagh/hub/access"
)

// openGrants is what a person may act as.
type openGrants struct {
	grants   []access.Grant
	mandates []access.Mandate
	known    bool
}

// One row per grant and per legal person represented, and one of neither for a person who has none: no row means no such
// person, or a legal person for whom others sign in.
const selectOpenGrants = `
SELECT u.nth, coalesce(h.role, ''), h.organisation, h.legal_person
FROM unnest($1::uuid[]) WITH ORDINALITY AS u (person, nth)
CROSS JOIN LATERAL (SELECT FROM persons p
	WHERE p.id = u.person AND p.activated_at IS NOT NULL AND NOT hub_represented(p.id) OFFSET 0) p
LEFT JOIN LATERAL (
	(SELECT g.role, g.organisation, NULL::uuid AS legal_person FROM grants g
		LEFT JOIN LATERAL (SELECT disabled_at FROM organisations o WHERE o.id = g.organisation OFFSET 0) o ON true
		WHERE g.person = u.person AND g.revoked_at IS NULL AND o.disabled_at IS NULL OFFSET 0)
	UNION ALL
	(SELECT r.role, NULL, r.legal_person FROM representatives r
		WHERE r.person = u.person AND r.ended_at IS NULL AND (r.until IS NULL OR r.until > hub_now()) OFFSET 0)
) h ON true
ORDER BY u.nth, h.role, h.organisation, h.legal_person`

// OpenGrants implements enrol.StaffStore.
func (db *DB) OpenGrants(ctx context.Context, person hub.ID) (grants []access.Grant, mandates []access.Mandate, known bool, err error) {
	o, err := db.grants.do(ctx, person)
	return o.grants, o.mandates, o.known, translate(err)
}

func (db *DB) openGrants(ctx context.Context, people []hub.ID) ([]openGrants, error) {
	all := make([]openGrants, len(people))
	rows, _ := db.brief.Query(ctx, selectOpenGrants, people)
	var nth int64
	var role hub.Role
	var organisation, legalPerson hub.ID
	_, err := pgx.ForEachRow(rows, []any{&nth, &role, &organisation, &legalPerson}, func() error {
		o := &all[nth-1]
		o.known = true
		switch {
		case !legalPerson.IsZero():
			o.mandates = append(o.mandates, access.Mandate{LegalPerson: legalPerson, Role: role})
		case role != "":
			o.grants = append(o.grants, access.Grant{Role: role, Organisation: organisation})
		}
		return nil
	})
	return all, err
}
