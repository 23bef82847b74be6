package enrol_test

import (
	"database/sql"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alexedwards/argon2id"

	"eblagh/hub"
	"eblagh/hub/access"
	"eblagh/hub/enrol"
	"eblagh/hub/postgres"
	"eblagh/hub/postgres/pgtest"
	"eblagh/hub/vault"
)

// world is an Enroller on a database of its own.
type world struct {
	*enrol.Enroller
	t       *testing.T
	vault   *vault.Vault
	keys    string  // the vault's file
	sql     *sql.DB // the superuser's look at what was really kept
	woken   atomic.Int32
	options enrol.Options
	logged  strings.Builder
}

func newWorld(t *testing.T) *world {
	t.Helper()
	path := filepath.Join(t.TempDir(), "vault.key")
	keys, err := vault.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, vault: keys, keys: path}
	db := pgtest.New(t)
	if w.sql, err = sql.Open("pgx", pgtest.URL(t)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.sql.Close() })
	w.options = enrol.Options{Store: db, Vault: keys, Clock: hub.SystemClock, Mode: "test", Codes: 6,
		Logger: slog.New(slog.NewTextHandler(&w.logged, nil)), Wake: func() { w.woken.Add(1) },
		Hash: argon2id.Params{Memory: 64, Iterations: 1, Parallelism: 1, SaltLength: 8, KeyLength: 16}}
	w.restart(w.options)
	return w
}

func (w *world) restart(o enrol.Options) {
	w.t.Helper()
	e, err := enrol.New(o)
	if err != nil {
		w.t.Fatal(err)
	}
	w.Enroller = e
}

// later moves the database's clock on.
func (w *world) later(by time.Duration) {
	w.t.Helper()
	w.exec(fmt.Sprintf(`DO $$ BEGIN EXECUTE format('ALTER DATABASE %%I SET eblagh.clock_offset = ''%d seconds''',
		current_database()); END $$`, int(by.Seconds())))
	db, err := postgres.Open(w.t.Context(), postgres.Options{URL: pgtest.URL(w.t)})
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(db.Close)
	o := w.options
	o.Store = db
	w.restart(o)
}

func (w *world) exec(query string, args ...any) {
	w.t.Helper()
	if _, err := w.sql.ExecContext(w.t.Context(), query, args...); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) count(query string, args ...any) int {
	w.t.Helper()
	var n int
	if err := w.sql.QueryRowContext(w.t.Context(), query, args...).Scan(&n); err != nil {
		w.t.Fatal(err)
	}
	return n
}

func (w *world) text(query string, args ...any) string {
	w.t.Helper()
	var s string
	if err := w.sql.QueryRowContext(w.t.Context(), query, args...).Scan(&s); err != nil {
		w.t.Fatal(err)
	}
	return s
}

// newestCode recomputes the code that was sent last for a purpose, as the worker does.
func (w *world) newestCode(person hub.ID, purpose hub.Purpose) (hub.ID, string) {
	w.t.Helper()
	id, err := hub.ParseID(w.text(`SELECT id FROM challenges WHERE person = $1 AND purpose = $2
		ORDER BY created_at DESC LIMIT 1`, person.String(), string(purpose)))
	if err != nil {
		w.t.Fatal(err)
	}
	return id, w.vault.Code(id, purpose.Digits())
}

// in makes a system's key as a principal, with every scope of the role.
func in(role hub.Role, at hub.ID) access.Principal {
	return access.Principal{Kind: access.Key, ID: hub.NewID(time.Now()), Scopes: access.ScopesOf(role),
		Grants: []access.Grant{{Role: role, Organisation: at}}}
}

func (w *world) organisation(kind hub.OrganisationKind, code string) hub.Organisation {
	w.t.Helper()
	o, err := w.CreateOrganisation(w.t.Context(), in(hub.RoleAdmin, hub.ID{}), hub.Organisation{Kind: kind, Code: code, Name: "نمونه"})
	if err != nil {
		w.t.Fatal(err)
	}
	return o
}

// sara is a demo citizen.
func sara() enrol.NewRecipient {
	return enrol.NewRecipient{Kind: hub.PersonNatural, NationalID: "0076229645", GivenName: "سارا", FamilyName: "نمونه",
		Mobile: "09120000001", Email: "sara@example.test", Address: "خیابان نمونه"}
}

// here is from where the tests try, when it does not matter.
var here = enrol.Origin{Address: "192.0.2.7"}

// from is another address each time.
func from(n int) enrol.Origin { return enrol.Origin{Address: fmt.Sprintf("198.51.100.%d", n)} }

const saraCode = "4815162342"

func (w *world) enrolled(n enrol.NewRecipient, personalCode string) hub.Recipient {
	w.t.Helper()
	r, err := w.Enrol(w.t.Context(), in(hub.RoleAdmin, hub.ID{}), n)
	if err != nil {
		w.t.Fatal(err)
	}
	_, code := w.newestCode(r.ID, hub.PurposeActivation)
	if err := w.Activate(w.t.Context(), n.NationalID, code, personalCode, here); err != nil {
		w.t.Fatal(err)
	}
	return r
}

// self is a person as a principal.
func (w *world) self(id hub.ID) access.Principal {
	w.t.Helper()
	p, err := w.PersonPrincipal(w.t.Context(), id)
	if err != nil {
		w.t.Fatal(err)
	}
	return p
}

func wantCode(t *testing.T, what string, err error, code hub.Code) {
	t.Helper()
	if hub.CodeOf(err) != code {
		t.Errorf("%s: error %v, want %q", what, err, code)
	}
}

// pointers lists what a validation error names.
func pointers(err error) []string {
	refused, ok := err.(*hub.Error)
	if !ok {
		return nil
	}
	var out []string
	for _, f := range refused.Fields {
		out = append(out, f.Pointer)
	}
	slices.Sort(out)
	return out
}
