package enrol_test

import (
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"eblagh/hub"
	"eblagh/hub/access"
	"eblagh/hub/enrol"
)

func TestKeyIsRecognisedByItsHash(t *testing.T) {
	w := newWorld(t)
	branch := w.organisation(hub.OrganisationBranch, "b")
	key, id, err := w.CreateKey(t.Context(), enrol.NewKey{Name: "demo court", Role: hub.RoleCourtClerk, Organisation: branch.ID})
	if err != nil {
		t.Fatal(err)
	}
	if !regexp.MustCompile(`^ebk_test_[0-9A-Za-z]{43}$`).MatchString(key) {
		t.Errorf("key %q", key)
	}
	p, err := w.Authenticate(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	if p.Kind != access.Key || p.ID != id || !slices.Equal(p.Grants, []access.Grant{{Role: hub.RoleCourtClerk, Organisation: branch.ID}}) ||
		!slices.Equal(p.Scopes, access.ScopesOf(hub.RoleCourtClerk)) {
		t.Errorf("principal %+v", p)
	}
	if row := w.text(`SELECT k::text || s::text FROM api_keys k JOIN api_key_secrets s ON s.key = k.id`); strings.Contains(row, key[9:]) {
		t.Error("the key stands in the database")
	}
	for name, c := range map[string]struct {
		key  string
		want hub.Code
	}{
		"other mode":   {strings.Replace(key, "test", "live", 1), hub.CodeWrongMode},
		"unknown":      {key[:len(key)-1] + "_", hub.CodeUnauthorized},
		"cut":          {key[:20], hub.CodeUnauthorized},
		"nothing":      {"", hub.CodeUnauthorized},
		"huge":         {key + strings.Repeat("x", 1e6), hub.CodeUnauthorized},
		"without mark": {key[9:], hub.CodeUnauthorized},
	} {
		_, err := w.Authenticate(t.Context(), c.key)
		wantCode(t, name, err, c.want)
	}
}

func TestKeyOfTheOtherModeInTheDatabaseIsRefused(t *testing.T) {
	w := newWorld(t)
	key, _, err := w.CreateKey(t.Context(), enrol.NewKey{Name: "demo", Role: hub.RoleAdmin})
	if err != nil {
		t.Fatal(err)
	}
	w.exec(`UPDATE api_keys SET mode = 'live'`)
	_, err = w.Authenticate(t.Context(), key)
	wantCode(t, "a live key in a test instance", err, hub.CodeWrongMode)
}

func TestCreateKeyIsChecked(t *testing.T) {
	w := newWorld(t)
	branch := w.organisation(hub.OrganisationBranch, "b")
	for name, c := range map[string]struct {
		in   enrol.NewKey
		want []string
	}{
		"nothing":          {enrol.NewKey{}, []string{"/name", "/role", "/scopes"}},
		"citizen":          {enrol.NewKey{Name: "x", Role: hub.RoleCitizen}, []string{"/role", "/scopes"}},
		"no branch":        {enrol.NewKey{Name: "x", Role: hub.RoleCourtClerk}, []string{"/organisation_id"}},
		"scope of another": {enrol.NewKey{Name: "x", Role: hub.RoleCourtClerk, Organisation: branch.ID, Scopes: []access.Scope{access.ScopeAuditRead}}, []string{"/scopes"}},
		"past":             {enrol.NewKey{Name: "x", Role: hub.RoleAdmin, ExpiresAt: time.Unix(1, 0)}, []string{"/expires_at"}},
	} {
		_, _, err := w.CreateKey(t.Context(), c.in)
		if got := pointers(err); !slices.Equal(got, c.want) {
			t.Errorf("%s: named %v (%v), want %v", name, got, err, c.want)
		}
	}
	_, _, err := w.CreateKey(t.Context(), enrol.NewKey{Name: "x", Role: hub.RoleAdmin, Mode: "live"})
	wantCode(t, "a live key", err, hub.CodeWrongMode)
}

// A key that is revoked is refused from the next call on, by every process: none remembers it.
func TestRevokedKeyIsRefusedEverywhereAtOnce(t *testing.T) {
	w := newWorld(t)
	one := w.Enroller
	w.restart(w.options) // another process
	key, id, err := one.CreateKey(t.Context(), enrol.NewKey{Name: "demo", Role: hub.RoleAdmin})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range []*enrol.Enroller{one, w.Enroller} {
		if _, err := e.Authenticate(t.Context(), key); err != nil {
			t.Fatal(err)
		}
	}
	if err := one.RevokeKey(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	for _, e := range []*enrol.Enroller{one, w.Enroller} {
		_, err = e.Authenticate(t.Context(), key)
		wantCode(t, "revoked", err, hub.CodeUnauthorized)
	}
	wantCode(t, "revoking what is not there", one.RevokeKey(t.Context(), hub.NewID(time.Now())), hub.CodeNotFound)
	if err := one.RevokeKey(t.Context(), id); err != nil {
		t.Errorf("revoking again: %v", err)
	}
}

// No key is for ever, and none holds longer than two years.
func TestKeyExpires(t *testing.T) {
	w := newWorld(t)
	key, _, err := w.CreateKey(t.Context(), enrol.NewKey{Name: "demo", Role: hub.RoleAdmin, ExpiresAt: time.Now().Add(time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := w.CreateKey(t.Context(), enrol.NewKey{Name: "default", Role: hub.RoleAdmin}); err != nil {
		t.Fatal(err)
	}
	list, err := w.ListKeys(t.Context())
	if err != nil || len(list) != 2 {
		t.Fatal(list, err)
	}
	if life := list[0].ExpiresAt.Sub(list[0].CreatedAt); life < enrol.KeyLifetime-time.Minute || life > enrol.KeyLifetime+time.Minute {
		t.Errorf("a key holds for %v when nobody says how long", life)
	}
	_, _, err = w.CreateKey(t.Context(), enrol.NewKey{Name: "long", Role: hub.RoleAdmin, ExpiresAt: time.Now().Add(enrol.LongestKeyLife + time.Hour)})
	if got := pointers(err); !slices.Equal(got, []string{"/expires_at"}) {
		t.Errorf("a key for longer than two years: %v", err)
	}
	p, err := w.Authenticate(t.Context(), key)
	if err != nil || time.Until(p.Expires) > time.Hour {
		t.Errorf("%v, %v", p.Expires, err)
	}
	w.later(61 * time.Minute)
	_, err = w.Authenticate(t.Context(), key)
	wantCode(t, "expired", err, hub.CodeUnauthorized)
}

// Use is noted for all keys together, at most once a minute for each.
func TestUseOfKeysIsNotedOnceAMinute(t *testing.T) {
	w := newWorld(t)
	key, _, err := w.CreateKey(t.Context(), enrol.NewKey{Name: "demo", Role: hub.RoleAdmin})
	if err != nil {
		t.Fatal(err)
	}
	use := func() string {
		t.Helper()
		for range 3 {
			if _, err := w.Authenticate(t.Context(), key); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.NoteKeyUses(t.Context()); err != nil {
			t.Fatal(err)
		}
		return w.text(`SELECT coalesce(last_used_at::text, '') || ' ' || xmin FROM api_keys`)
	}
	first := use()
	if first[0] == ' ' || use() != first {
		t.Errorf("use was noted twice within a minute, or not at all: %q", first)
	}
	w.exec(`UPDATE api_keys SET last_used_at = last_used_at - interval '61 seconds'`)
	if use() == first {
		t.Error("use was not noted after a minute")
	}
}

// Both secrets hold for the overlap, and then the new one alone; no secret is in the database.
func TestRotationOverlaps(t *testing.T) {
	w := newWorld(t)
	old, id, err := w.CreateKey(t.Context(), enrol.NewKey{Name: "demo", Role: hub.RoleAdmin})
	if err != nil {
		t.Fatal(err)
	}
	admin := access.Principal{Kind: access.Person, ID: hub.NewID(time.Now()), Grants: []access.Grant{{Role: hub.RoleAdmin}}}
	fresh, k, err := w.RotateKey(t.Context(), admin, id, time.Hour)
	if err != nil || k.ID != id || k.OverlapUntil.IsZero() {
		t.Fatal(k, err)
	}
	both := map[string]time.Duration{old: time.Hour, fresh: enrol.KeyLifetime}
	for secret, holds := range both {
		p, err := w.Authenticate(t.Context(), secret)
		if left := time.Until(p.Expires); err != nil || p.ID != id || left > holds+time.Minute || left < holds-time.Minute {
			t.Errorf("%v left, %v", left, err)
		}
		if n := w.count(`SELECT count(*) FROM api_key_secrets WHERE api_key_secrets::text LIKE '%' || $1 || '%'`, secret[9:]); n != 0 {
			t.Error("a secret stands in the database")
		}
	}
	_, _, err = w.RotateKey(t.Context(), admin, id, time.Hour)
	wantCode(t, "a second overlap", err, hub.CodeWrongState)
	_, _, err = w.RotateKey(t.Context(), admin, id, enrol.LongestOverlap+time.Second)
	wantCode(t, "too long an overlap", err, hub.CodeValidation)
	w.later(61 * time.Minute)
	_, err = w.Authenticate(t.Context(), old)
	wantCode(t, "the old secret after the overlap", err, hub.CodeUnauthorized)
	if _, err := w.Authenticate(t.Context(), fresh); err != nil {
		t.Error(err)
	}
	last, _, err := w.RotateKey(t.Context(), admin, id, 0)
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.Authenticate(t.Context(), fresh)
	wantCode(t, "without an overlap", err, hub.CodeUnauthorized)
	if err := w.EndKey(t.Context(), admin, id); err != nil {
		t.Fatal(err)
	}
	_, err = w.Authenticate(t.Context(), last)
	wantCode(t, "revoked", err, hub.CodeUnauthorized)
	_, _, err = w.RotateKey(t.Context(), admin, id, 0)
	wantCode(t, "rotating what was revoked", err, hub.CodeWrongState)
}

// Of several that rotate at once, one does, and exactly one secret holds beside the one before.
func TestRotatingTwiceAtOnce(t *testing.T) {
	w := newWorld(t)
	_, id, err := w.CreateKey(t.Context(), enrol.NewKey{Name: "demo", Role: hub.RoleAdmin})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		overlap time.Duration
		rotated int64
		holding int
	}{{time.Hour, 1, 2}, {0, 8, 1}} {
		var rotated atomic.Int64
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				_, _, err := w.RotateAny(t.Context(), id, c.overlap)
				if err == nil {
					rotated.Add(1)
				} else if hub.CodeOf(err) != hub.CodeWrongState {
					t.Error(err)
				}
			})
		}
		all.Wait()
		holding := w.count(`SELECT count(*) FROM api_key_secrets WHERE until IS NULL OR until > hub_now()`)
		if rotated.Load() != c.rotated || holding != c.holding {
			t.Errorf("overlap %v: %d rotations, %d secrets hold; want %d and %d", c.overlap, rotated.Load(), holding, c.rotated, c.holding)
		}
	}
}

// Who heads a branch looks after its keys and no others; operators can stop any key, and get no secret.
func TestKeysAreTheirOrganisations(t *testing.T) {
	w := newWorld(t)
	here, there := w.organisation(hub.OrganisationBranch, "a"), w.organisation(hub.OrganisationBranch, "b")
	_, id, err := w.CreateKey(t.Context(), enrol.NewKey{Name: "demo", Role: hub.RoleCourtClerk, Organisation: here.ID})
	if err != nil {
		t.Fatal(err)
	}
	as := func(role hub.Role, at hub.ID) access.Principal {
		return access.Principal{Kind: access.Person, ID: hub.NewID(time.Now()), Grants: []access.Grant{{Role: role, Organisation: at}}}
	}
	for _, c := range []struct {
		name                 string
		p                    access.Principal
		listed               int
		rotate, revoke, list hub.Code
	}{
		{"the head of another branch", as(hub.RoleJudge, there.ID), 0, hub.CodeNotFound, hub.CodeNotFound, ""},
		{"a clerk of the branch", as(hub.RoleCourtClerk, here.ID), 0, hub.CodeForbidden, hub.CodeForbidden, hub.CodeForbidden},
		{"an operator", as(hub.RoleOperator, hub.ID{}), 1, hub.CodeForbidden, "", ""},
		{"nobody", access.Principal{}, 0, hub.CodeUnauthorized, hub.CodeUnauthorized, hub.CodeUnauthorized},
		{"the head of the branch", as(hub.RoleJudge, here.ID), 1, hub.CodeWrongState, "", ""}, // it was revoked meanwhile
	} {
		keys, err := w.Keys(t.Context(), c.p, hub.ID{}, 10)
		if hub.CodeOf(err) != c.list || len(keys) != c.listed {
			t.Errorf("%s lists %d keys, %v", c.name, len(keys), err)
		}
		_, _, err = w.RotateKey(t.Context(), c.p, id, 0)
		wantCode(t, c.name+" rotates", err, c.rotate)
		wantCode(t, c.name+" revokes", w.EndKey(t.Context(), c.p, id), c.revoke)
	}
}
