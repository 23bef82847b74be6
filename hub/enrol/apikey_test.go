package enrol_test

import (
	"regexp"
	"slices"
	"strings"
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
	if row := w.text(`SELECT api_keys::text FROM api_keys`); strings.Contains(row, key[9:]) {
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

func TestKeyEndsAndIsForgottenWithinFiveSeconds(t *testing.T) {
	w := newWorld(t)
	var now atomic.Int64
	now.Store(time.Now().Unix())
	w.options.Clock = func() time.Time { return time.Unix(now.Load(), 0).UTC() }
	w.restart(w.options)
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
	_, err = one.Authenticate(t.Context(), key)
	wantCode(t, "revoked here", err, hub.CodeUnauthorized)
	if _, err := w.Authenticate(t.Context(), key); err != nil {
		t.Errorf("the other process has forgotten at once: then this test does not see the cache: %v", err)
	}
	now.Add(5)
	_, err = w.Authenticate(t.Context(), key)
	wantCode(t, "revoked elsewhere, five seconds ago", err, hub.CodeUnauthorized)
	wantCode(t, "revoking what is not there", one.RevokeKey(t.Context(), hub.NewID(time.Now())), hub.CodeNotFound)
}

func TestKeyExpiresAndItsUseIsNotedOnceAMinute(t *testing.T) {
	w := newWorld(t)
	key, _, err := w.CreateKey(t.Context(), enrol.NewKey{Name: "demo", Role: hub.RoleAdmin, ExpiresAt: time.Now().Add(time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	use := func() string {
		t.Helper()
		w.restart(w.options) // a process that remembers no key
		if _, err := w.Authenticate(t.Context(), key); err != nil {
			t.Fatal(err)
		}
		return w.text(`SELECT last_used_at::text FROM api_keys`)
	}
	first := use()
	if use() != first {
		t.Error("use was noted twice within a minute")
	}
	w.exec(`UPDATE api_keys SET last_used_at = last_used_at - interval '61 seconds'`)
	if use() == first {
		t.Error("use was not noted after a minute")
	}
	w.later(61 * time.Minute)
	_, err = w.Authenticate(t.Context(), key)
	wantCode(t, "expired", err, hub.CodeUnauthorized)
}
