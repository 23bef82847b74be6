package postgres_test

import (
	"errors"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"eblagh/hub"
	"eblagh/hub/access"
	"eblagh/hub/dispatch"
	"eblagh/hub/postgres"
	"eblagh/hub/rekey"
	"eblagh/hub/vault"
)

// A whole rotation while two machines enrol the same people and submit papers, with the rewriting killed again and again:
// nobody is enrolled twice, everything opens, and once the old keys are removed everything still does.
func TestKeysRotateWhileTwoMachinesWrite(t *testing.T) {
	w := newWorld(t)
	first := w.machine("")
	second := w.machine(first.path)
	w.look(first, second)
	load := w.write(first, second)
	load.rounds(15)
	doc := w.storedDocument(first)
	commitments := w.commitments()

	if _, err := first.keeper.Rotate(w.Context()); err != nil {
		t.Fatal(err)
	}
	w.look(first, second)
	if err := first.keeper.Promote(w.Context()); hub.CodeOf(err) != hub.CodeWrongState || !strings.Contains(err.Error(), filepath.Base(filepath.Dir(second.path))) {
		t.Fatalf("promoted before every machine holds the keys: %v", err)
	}
	load.rounds(15) // one with the new keys, one without
	w.copyFile(first.path, second.path)
	w.look(first, second)
	load.rounds(10)
	if err := first.keeper.Promote(w.Context()); err != nil {
		t.Fatal(err)
	}
	w.look(first) // the other does not know yet
	load.rounds(15)
	if _, err := first.keeper.Finish(w.Context()); hub.CodeOf(err) != hub.CodeWrongState {
		t.Fatalf("finished before anything was rewritten: %v", err)
	}
	w.look(second)
	w.rewrite(first, 3)
	load.rounds(5)
	gone, err := first.keeper.Finish(w.Context())
	for tries := 0; hub.CodeOf(err) == hub.CodeWrongState && tries < 5; tries++ { // what came in behind the cursor
		w.rewrite(second, 0)
		gone, err = first.keeper.Finish(w.Context())
	}
	if err != nil || len(gone) != 2 {
		t.Fatal(gone, err)
	}
	w.look(first, second)
	load.rounds(15)
	load.end()
	w.wantRekeyed(first, doc)
	now := w.commitments()
	for id, was := range commitments { // others may have come between: ids are drawn before their commits
		if now[id] != was {
			t.Errorf("what receipt %s commits to has changed", id)
		}
	}
	if late := w.machine(first.path); !slices.EqualFunc(late.vault.Keys(), first.vault.Keys(), func(a, b vault.Key) bool { return a.ID == b.ID }) {
		t.Error("a process that starts with the new file holds other keys")
	}
}

// A process that slept through a whole rotation enrols nobody and leaves nothing under a key that is gone.
func TestProcessThatSleptThroughARotationIsRefused(t *testing.T) {
	w := newWorld(t)
	m := w.machine("")
	sleeper := w.machine(m.path)
	to := w.real(m)
	if _, err := m.keeper.Rotate(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.look(m)
	if err := m.keeper.Promote(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.look(m)
	admin := access.Principal{Kind: access.Key, ID: newID(), Scopes: access.Scopes, Grants: []access.Grant{{Role: hub.RoleAdmin}}}
	if _, err := sleeper.enroller.Enrol(t.Context(), admin, demoPerson(1)); hub.CodeOf(err) != hub.CodeOverloaded {
		t.Errorf("enrolled without the new index: %v", err)
	}
	w.wantCount(1, `SELECT count(*) FROM persons`)
	if err := sleeper.keeper.Look(t.Context()); !errors.Is(err, vault.ErrKeyMissing) || !errors.Is(sleeper.keeper.Ready(t.Context()), vault.ErrKeyMissing) {
		t.Errorf("a process without the new file does not say so: %v", err)
	}
	w.exec(`DELETE FROM vault_nodes`)
	w.rewrite(m, 0)
	if _, err := m.keeper.Finish(t.Context()); err != nil {
		t.Fatal(err)
	}
	results, err := sleeper.dispatcher.Submit(t.Context(), w.court(), []dispatch.Paper{paper("late", to)}, nil)
	if hub.CodeOf(err) != hub.CodeOverloaded && (err != nil || hub.CodeOf(results[0].Err) != hub.CodeOverloaded) {
		t.Errorf("a paper was taken under a retired key: %v", err)
	}
	w.wantCount(0, `SELECT count(*) FROM notices`)
	for table, sql := range map[string]string{
		"cases":    `INSERT INTO cases (id, branch, number, number_typed, subject_ct) VALUES ($1, '` + w.branch.String() + `', '1', '1', $2)`,
		"contacts": `UPDATE contacts SET email_ct = $2 WHERE $1::text IS NOT NULL`,
	} {
		if code := w.refused("eblagh_worker", sql, newID().String(), sleeper.vault.Seal([]byte("x"), "c")); code != check {
			t.Errorf("%s took what was sealed under a retired key: %q", table, code)
		}
		if code := w.refused("eblagh_worker", sql, newID().String(), m.vault.Seal([]byte("x"), "c")); code != "" {
			t.Errorf("%s refused what was sealed under the primary key: %q", table, code)
		}
	}
	w.copyFile(m.path, sleeper.path)
	w.look(sleeper)
	if _, err := sleeper.enroller.Enrol(t.Context(), admin, demoPerson(1)); err != nil {
		t.Errorf("with the new file: %v", err)
	}
}

// A row that does not open is named, and keeps its key in the file.
func TestRowThatDoesNotOpenKeepsTheOldKey(t *testing.T) {
	w := newWorld(t)
	m := w.machine("")
	id := w.real(m)
	w.exec(`UPDATE contacts SET email_ct = $1`, m.vault.Seal([]byte("x"), "contacts.email:another row"))
	if _, err := m.keeper.Rotate(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.look(m)
	if err := m.keeper.Promote(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.look(m)
	w.rewrite(m, 0)
	_, err := m.keeper.Finish(t.Context())
	if hub.CodeOf(err) != hub.CodeWrongState || !strings.Contains(err.Error(), "do not open") {
		t.Errorf("finished although a row does not open: %v", err)
	}
	w.exec(`UPDATE contacts SET email_ct = NULL, mobile_ct = NULL, mobile_index = NULL, mobile_index_b = NULL WHERE person = $1`, id.String())
	if err := m.db.Begin(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	w.rewrite(m, 0)
	if _, err := m.keeper.Finish(t.Context()); err != nil {
		t.Errorf("once it is mended: %v", err)
	}
}

func TestRotationRefusesToOverlap(t *testing.T) {
	w := newWorld(t)
	m := w.promoted()
	if _, err := m.keeper.Rotate(t.Context()); hub.CodeOf(err) != hub.CodeWrongState {
		t.Errorf("a second rotation within the first: %v", err)
	}
	if err := m.keeper.Promote(t.Context()); hub.CodeOf(err) != hub.CodeWrongState {
		t.Errorf("promoted twice: %v", err)
	}
	for range 2 { // and then again, each time into the other column
		w.rewrite(m, 0)
		if _, err := m.keeper.Finish(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := m.keeper.Finish(t.Context()); hub.CodeOf(err) != hub.CodeWrongState {
			t.Errorf("finished twice: %v", err)
		}
		if _, err := m.keeper.Rotate(t.Context()); err != nil {
			t.Fatal(err)
		}
		w.look(m)
		if err := m.keeper.Promote(t.Context()); err != nil {
			t.Fatal(err)
		}
		w.look(m)
	}
}

// An older key file is refused at the start, by the name of the key that it lacks.
func TestOlderKeyFileIsRefusedAtTheStart(t *testing.T) {
	w := newWorld(t)
	m := w.machine("")
	older := filepath.Join(t.TempDir(), "older")
	w.copyFile(m.path, older)
	if _, err := m.keeper.Rotate(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.look(m)
	if err := m.keeper.Promote(t.Context()); err != nil {
		t.Fatal(err)
	}
	v, err := vault.Open(older)
	if err != nil {
		t.Fatal(err)
	}
	keeper := rekey.New(rekey.Options{Store: m.db, Vault: v, Path: older, Clock: hub.SystemClock, Logger: slog.New(slog.DiscardHandler)})
	if err := keeper.Load(t.Context()); !errors.Is(err, vault.ErrKeyMissing) || !strings.Contains(err.Error(), "seal key") {
		t.Errorf("error %v, want the key that is missing", err)
	}
	if err := m.db.BindVault(t.Context(), m.vault.Fingerprint()); err != nil {
		t.Errorf("the database's binding did not survive the rotation: %v", err)
	}
}

// What is append-only can be sealed anew and not otherwise changed.
func TestAppendOnlyRowsAreOnlySealedAnew(t *testing.T) {
	w := newWorld(t)
	id, notice := newID().String(), newID().String()
	seal := func() []byte { return w.vault.Seal([]byte("a certificate"), "certificates.pdf:"+id) }
	w.exec(`INSERT INTO certificates (id, said, notice, language, template, body_sha256, body_size, pdf_ct, receipt)
		VALUES ($1, repeat('x', 32), $2, 'fa', 't', sha256('x'), 1, $3, $1)`, id, notice, seal())
	another, err := vault.Create(filepath.Join(t.TempDir(), "keys"))
	if err != nil {
		t.Fatal(err)
	}
	other := another.Seal([]byte("a certificate"), "certificates.pdf:"+id)
	for _, c := range []struct { // in this order: what is allowed changes the key that the row is under
		name string
		set  string
		arg  []byte
		code string
	}{
		{"another language", `language = CASE WHEN $2::bytea IS NULL THEN 'fa' ELSE 'en' END`, seal(), privilege},
		{"the same key", `pdf_ct = $2`, seal(), privilege},
		{"a longer one", `pdf_ct = $2 || 'x'::bytea`, other, privilege},
		{"another key and language", `pdf_ct = $2, language = 'en'`, another.Seal([]byte("a certificate"), "x"), privilege},
		{"another key", `pdf_ct = $2`, other, ""},
	} {
		if code := w.refused("", `UPDATE certificates SET `+c.set+` WHERE id = $1`, id, c.arg); code != c.code {
			t.Errorf("%s: SQLSTATE %q, want %q", c.name, code, c.code)
		}
	}
	if code := w.refused("", `DELETE FROM certificates`); code != privilege {
		t.Errorf("certificates can be deleted: %q", code)
	}
}

// Every column of ciphertext is rewritten and guarded, and every blind index known.
func TestNoCiphertextIsForgotten(t *testing.T) {
	w := newWorld(t)
	w.promoted() // names every table in vault_progress
	rows, err := w.sql.Query(t.Context(), `SELECT c.table_name, c.column_name FROM information_schema.columns c
		JOIN pg_class r ON r.relname = c.table_name AND r.relnamespace = 'public'::regnamespace AND r.relkind IN ('r', 'p') AND NOT r.relispartition
		WHERE c.table_schema = 'public' AND (c.column_name LIKE '%\_ct' OR c.column_name LIKE '%\_index' AND c.data_type = 'bytea') ORDER BY 1, 2`)
	if err != nil {
		t.Fatal(err)
	}
	var table, name string
	n := 0
	if _, err := pgx.ForEachRow(rows, []any{&table, &name}, func() error {
		n++
		known := postgres.SealedColumns(table)
		if !slices.Contains(known, name) {
			t.Errorf("%s.%s would be lost with its key: add it to the list, and a guard to its migration", table, name)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if n < 20 {
		t.Errorf("the schema names only %d columns", n)
	}
	guards := w.count(`SELECT count(*) FROM pg_trigger t WHERE tgfoid = 'hub_refuse_retired'::regproc AND NOT EXISTS (
		SELECT FROM pg_inherits WHERE inhrelid = t.tgrelid)`)
	if tables := w.count(`SELECT count(*) FROM vault_progress WHERE name <> 'notices'`); guards != 2*tables {
		t.Errorf("%d guards for %d tables, want two for each", guards, tables)
	}
}
