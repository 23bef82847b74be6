package postgres_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"testing"
	"time"

	"eblagh/hub"
	"eblagh/hub/access"
	"eblagh/hub/enrol"
)

// Who changes organisations, four eyes and keys is decided by the database too: the store itself is asked here, as by a
// handler that forgot to.
func TestOrganisationsAndKeysAreChangedAsThePrincipal(t *testing.T) {
	w := newWorld(t)
	in := func(role hub.Role, at hub.ID) access.Principal {
		return access.Principal{Kind: access.Person, ID: newID(), Grants: []access.Grant{{Role: role, Organisation: at}}}
	}
	elsewhere := w.organisation("branch")
	admin, operator := in(hub.RoleAdmin, hub.ID{}), in(hub.RoleOperator, hub.ID{})
	judge, clerk := in(hub.RoleJudge, w.branch), in(hub.RoleCourtClerk, w.branch)
	system := access.Principal{Kind: access.Key, ID: newID(), Grants: []access.Grant{{Role: hub.RoleAdmin}}}
	both := in(hub.RoleJudge, elsewhere) // at the branch they are a clerk, and the head of another
	both.Grants = append(both.Grants, clerk.Grants...)
	type who map[string]access.Principal
	all := who{"nobody": {}, "admin": admin, "operator": operator, "judge": judge, "clerk": clerk, "system": system, "both": both,
		"citizen": citizen(newID()), "judge elsewhere": in(hub.RoleJudge, elsewhere)}
	keys := map[string]hub.ID{}
	for name := range all {
		k := storedKey(w.branch)
		if err := w.db.AddKey(context.Background(), admin, k); err != nil {
			t.Fatal(err)
		}
		keys[name] = k.ID
	}
	for _, c := range []struct {
		name string
		may  []string
		do   func(name string, p access.Principal) error
	}{
		{"add an organisation", []string{"admin", "system"}, func(name string, p access.Principal) error {
			_, err := w.db.AddOrganisation(context.Background(), p, hub.Organisation{ID: newID(), Kind: "office", Code: name, Name: "demo"})
			return err
		}},
		{"change an organisation", []string{"admin", "system"}, func(name string, p access.Principal) error {
			_, err := w.db.ChangeOrganisation(context.Background(), p, w.branch, enrol.OrganisationPatch{Name: &name})
			return err
		}},
		{"have papers wait", []string{"admin", "operator", "judge"}, func(_ string, p access.Principal) error {
			_, err := w.db.ChangeFourEyes(context.Background(), p,
				hub.FourEyesChange{ID: newID(), Organisation: w.branch, People: true, By: p.ID}, time.Hour)
			return err
		}},
		{"add a key", []string{"admin", "system"}, func(_ string, p access.Principal) error {
			return w.db.AddKey(context.Background(), p, storedKey(w.branch))
		}},
		{"rotate a key", []string{"admin", "system", "judge"}, func(name string, p access.Principal) error {
			return w.db.RotateKey(context.Background(), p,
				enrol.Rotation{Key: keys[name], Hash: storedKey(w.branch).Hash, ExpiresAt: time.Now().Add(time.Hour)})
		}},
		{"revoke a key", []string{"admin", "system", "judge", "operator"}, func(name string, p access.Principal) error {
			return w.db.RevokeKey(context.Background(), p, keys[name])
		}},
	} {
		may := map[string]bool{}
		for _, name := range c.may {
			may[name] = true
		}
		for name, p := range all {
			code := hub.CodeOf(c.do(name, p))
			if refused := code == hub.CodeNotFound || code == hub.CodeForbidden; may[name] != (code == "") || !may[name] && !refused {
				t.Errorf("%s as %s: %q", c.name, name, code)
			}
		}
	}
	w.wantCount(2, `SELECT count(*) FROM organisations WHERE code IN ('admin', 'system')`)
	w.wantCount(1, `SELECT count(*) FROM organisations WHERE four_eyes`)
}

// Whoever asked for an easing does not put it in force, whatever statement the program runs.
func TestAnEasingTakesTwoWhateverIsRun(t *testing.T) {
	w := newWorld(t)
	judge := newID()
	w.exec(`UPDATE organisations SET four_eyes = true WHERE id = $1`, w.branch.String())
	w.exec(`INSERT INTO four_eyes_changes (id, organisation, people, keys, asked_by) VALUES ($1, $2, false, false, $3)`,
		newID().String(), w.branch.String(), judge.String())
	as := func(person hub.ID) string {
		return fmt.Sprintf(`SET LOCAL eblagh.person = '%s'; SET LOCAL eblagh.roles = '{judge}'; SET LOCAL eblagh.heads = '{%s}'; `, person, w.branch)
	}
	for _, sql := range []string{
		`UPDATE four_eyes_changes SET in_force_at = hub_now()`,
		`INSERT INTO four_eyes_changes (id, organisation, people, keys, asked_by, in_force_at)
			SELECT gen_random_uuid(), organisation, false, false, asked_by, hub_now() FROM four_eyes_changes`,
		`UPDATE organisations SET four_eyes = false`,
	} {
		if code := w.refused("eblagh_app", as(judge)+sql); code != privilege {
			t.Errorf("%s: %q", sql, code)
		}
	}
	w.wantCount(1, `SELECT count(*) FROM organisations WHERE four_eyes`)
	other := newID()
	agrees := as(other) + `UPDATE four_eyes_changes SET agreed_by = '` + other.String() + `', in_force_at = hub_now()`
	if code := w.refused("eblagh_app", agrees); code != "" {
		t.Errorf("another judge does not agree: %q", code)
	}
	w.wantCount(0, `SELECT count(*) FROM organisations WHERE four_eyes`)
	for _, sql := range []string{`UPDATE organisations SET name = 'x'`, `UPDATE organisations SET four_eyes = true`,
		`UPDATE api_keys SET expires_at = 'infinity'`, `UPDATE four_eyes_changes SET in_force_at = hub_now()`} {
		if code := w.refused("eblagh_worker", sql); code != privilege {
			t.Errorf("worker may %s: %q", sql, code)
		}
	}
}

// storedKey is a key of a place that nobody has.
func storedKey(at hub.ID) enrol.StoredKey {
	id := newID()
	hash := sha256.Sum256(id[:])
	return enrol.StoredKey{ID: id, Hash: hash[:], Name: "demo", Role: hub.RoleCourtClerk, Organisation: at, Mode: "test",
		Scopes: []access.Scope{access.ScopeNoticesRead}, ExpiresAt: time.Now().Add(time.Hour)}
}
