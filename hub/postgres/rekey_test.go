package postgres_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alexedwards/argon2id"
	"github.com/jackc/pgx/v5"

	"eblagh/hub"
	"eblagh/hub/access"
	"eblagh/hub/dispatch"
	"eblagh/hub/enrol"
	"eblagh/hub/postgres"
	"eblagh/hub/postgres/pgtest"
	"eblagh/hub/rekey"
	"eblagh/hub/vault"
)

// machine is one process of the hub with a key file of its own.
type machine struct {
	path       string
	db         *postgres.DB
	vault      *vault.Vault
	keeper     *rekey.Keeper
	enroller   *enrol.Enroller
	dispatcher *dispatch.Dispatcher
}

// machine starts a process with a copy of the key file at from, or with a new one.
func (w *world) machine(from string) *machine {
	w.Helper()
	m := &machine{path: filepath.Join(w.TempDir(), "keys")}
	if from != "" {
		w.copyFile(from, m.path)
	}
	var err error
	if m.vault, err = vault.OpenOrCreate(m.path); err != nil {
		w.Fatal(err)
	}
	if m.db, err = postgres.Open(w.Context(), postgres.Options{URL: pgtest.URL(w.T), WorkerConns: 6}); err != nil {
		w.Fatal(err)
	}
	w.Cleanup(m.db.Close)
	quiet := slog.New(slog.DiscardHandler)
	m.keeper = rekey.New(rekey.Options{Store: m.db, Vault: m.vault, Path: m.path, Name: filepath.Base(filepath.Dir(m.path)),
		Clock: hub.SystemClock, Logger: quiet, Every: 5 * time.Millisecond})
	if err := m.keeper.Load(w.Context()); err != nil {
		w.Fatal(err)
	}
	m.enroller, err = enrol.New(enrol.Options{Store: m.db, Vault: m.vault, Clock: hub.SystemClock, Mode: "test", Logger: quiet,
		Hash: argon2id.Params{Memory: 64, Iterations: 1, Parallelism: 1, SaltLength: 8, KeyLength: 16}})
	if err != nil {
		w.Fatal(err)
	}
	o := w.o
	o.Store, o.Vault = m.db, m.vault
	if m.dispatcher, err = dispatch.New(o); err != nil {
		w.Fatal(err)
	}
	return m
}

func (w *world) copyFile(from, to string) {
	w.Helper()
	content, err := os.ReadFile(from)
	if err == nil {
		err = os.WriteFile(to+".new", content, 0o600)
	}
	if err == nil {
		err = os.Rename(to+".new", to)
	}
	if err != nil {
		w.Fatal(err)
	}
}

// look has every machine follow file and database.
func (w *world) look(machines ...*machine) {
	w.Helper()
	for _, m := range machines {
		if err := m.keeper.Look(w.Context()); err != nil {
			w.Fatal(err)
		}
	}
}

// nationalID is the n-th valid one.
func nationalID(n int) string {
	digits := fmt.Sprintf("%09d", 123_000_000+n)
	sum := 0
	for i, d := range digits {
		sum += int(d-'0') * (10 - i)
	}
	r := sum % 11
	if r >= 2 {
		r = 11 - r
	}
	return digits + fmt.Sprint(r)
}

func demoPerson(n int) enrol.NewRecipient {
	return enrol.NewRecipient{Kind: hub.PersonNatural, NationalID: nationalID(n), GivenName: fmt.Sprintf("نمونه %d", n), FamilyName: "آزمایشی",
		Mobile: fmt.Sprintf("0912%07d", n), Email: fmt.Sprintf("demo%d@example.test", n), Address: "نشانی نمونه"}
}

// writers enrol people and submit papers on both machines at once, each person on both, until stopped. Whoever is there
// already is an answer; anything else that fails is a fault.
type writers struct {
	w        *world
	machines []*machine
	stop     atomic.Bool
	wg       sync.WaitGroup
	next     atomic.Int64
	enrolled sync.Map // n → how often somebody was told that they made this person
	failed   atomic.Pointer[error]
}

func (w *world) write(machines ...*machine) *writers {
	s := &writers{w: w, machines: machines}
	for range 2 {
		s.wg.Go(func() {
			for !s.stop.Load() {
				s.round(int(s.next.Add(1)))
			}
		})
	}
	return s
}

// round has both machines enrol the same person at the same moment, and then submit a paper to them.
func (s *writers) round(n int) {
	var race sync.WaitGroup
	var made atomic.Int32
	var id atomic.Pointer[hub.ID]
	for _, m := range s.machines {
		race.Go(func() {
			r, err := m.enroller.Enrol(context.Background(), access.Principal{Kind: access.Key, ID: newID(), Scopes: access.Scopes,
				Grants: []access.Grant{{Role: hub.RoleAdmin}}}, demoPerson(n))
			switch {
			case err == nil:
				made.Add(1)
				id.Store(&r.ID)
			case hub.CodeOf(err) != hub.CodeAlreadyEnrolled:
				s.fail(err)
			}
		})
	}
	race.Wait()
	s.enrolled.Store(n, int(made.Load()))
	if id.Load() == nil {
		return
	}
	if _, err := s.w.sql.Exec(context.Background(), `UPDATE persons SET personal_code = 'x', activated_at = hub_now() WHERE id = $1`, id.Load().String()); err != nil {
		s.fail(err)
	}
	m := s.machines[n%len(s.machines)]
	p := paper(fmt.Sprintf("rekey-%d", n), hub.ID{})
	p.Addressee = dispatch.Addressee{NationalID: nationalID(n)}
	results, err := m.dispatcher.Submit(context.Background(), s.w.court(), []dispatch.Paper{p}, nil)
	if err != nil {
		s.fail(err)
	} else if results[0].Err != nil {
		s.fail(results[0].Err)
	}
}

func (s *writers) fail(err error) { s.failed.CompareAndSwap(nil, &err) }

// until waits for some more rounds.
func (s *writers) rounds(n int64) {
	s.w.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for until := s.next.Load() + n; s.next.Load() < until; <-tick.C {
		if err := s.failed.Load(); err != nil {
			s.w.Fatal(*err)
		}
	}
}

func (s *writers) end() {
	s.w.Helper()
	s.stop.Store(true)
	s.wg.Wait()
	if err := s.failed.Load(); err != nil {
		s.w.Fatal(*err)
	}
	s.enrolled.Range(func(n, made any) bool {
		if made != 1 {
			s.w.Errorf("person %v was enrolled %v times", n, made)
		}
		return true
	})
}

// rewrite does all the work there is, cutting every so many batches off in the middle, as a kill would; zero: none.
func (w *world) rewrite(m *machine, kills int) {
	w.Helper()
	for batches := 1; ; batches++ {
		if batches > 10_000 {
			w.Fatal("the rewriting does not end")
		}
		if kills > 0 && batches%kills == 0 {
			ctx, kill := context.WithTimeout(w.Context(), time.Duration(batches%7)*300*time.Microsecond)
			_, _ = m.keeper.Step(ctx)
			kill()
			continue
		}
		worked, err := m.keeper.Step(w.Context())
		if err != nil {
			w.Fatal(err)
		}
		if !worked {
			return
		}
	}
}

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

// storedDocument is one with bytes.
func (w *world) storedDocument(m *machine) hub.ID {
	id := w.document(w.branch)
	w.exec(`UPDATE documents SET file_name_ct = $2 WHERE id = $1`, id.String(), m.vault.SealText("paper.pdf", "documents.file_name:"+id.String()))
	w.exec(`INSERT INTO document_bytes (document, bytes_ct) VALUES ($1, $2)`, id.String(), m.vault.Seal(bytes.Repeat([]byte("paper "), 300_000), "documents.bytes:"+id.String()))
	return id
}

// commitments are the salt and the details of every receipt, by its id.
func (w *world) commitments() map[string]string {
	w.Helper()
	rows, err := w.sql.Query(context.Background(), `SELECT id::text, salt::text || details::text FROM receipts`)
	if err != nil {
		w.Fatal(err)
	}
	all := map[string]string{}
	var id, said string
	if _, err := pgx.ForEachRow(rows, []any{&id, &said}, func() error { all[id] = said; return nil }); err != nil || len(all) == 0 {
		w.Fatal(len(all), err)
	}
	return all
}

// wantRekeyed opens every ciphertext there is with the keys that are left, and asks for everybody by their index.
func (w *world) wantRekeyed(m *machine, doc hub.ID) {
	w.Helper()
	opened := 0
	for _, c := range []struct{ sql, context string }{
		{`SELECT id, national_id_ct FROM persons`, "persons.national_id:"}, {`SELECT id, given_name_ct FROM persons`, "persons.given_name:"},
		{`SELECT person, mobile_ct FROM contacts`, "contacts.mobile:"}, {`SELECT person, address_ct FROM contacts`, "contacts.address:"},
		{`SELECT id, mobile_ct FROM challenges`, "challenges.mobile:"}, {`SELECT id, subject_ct FROM notices`, "notices.subject:"},
		{`SELECT id, body_ct FROM notices`, "notices.body:"}, {`SELECT document, bytes_ct FROM document_bytes`, "documents.bytes:"},
		{`SELECT id, file_name_ct FROM documents`, "documents.file_name:"},
	} {
		rows, err := w.sql.Query(context.Background(), c.sql)
		if err != nil {
			w.Fatal(err)
		}
		var id [16]byte
		var ct []byte
		if _, err := pgx.ForEachRow(rows, []any{&id, &ct}, func() error {
			opened++
			_, err := m.vault.OpenText(ct, c.context+hub.ID(id).String())
			return err
		}); err != nil {
			w.Fatal(err)
		}
	}
	people := w.count(`SELECT count(*) FROM persons`)
	if opened < 6*people || people < 60 {
		w.Fatalf("only %d fields of %d people were there to open", opened, people)
	}
	w.wantCount(people, `SELECT count(*) FROM persons WHERE national_id_index IS NULL AND national_id_index_b IS NOT NULL`)
	w.wantCount(people, `SELECT count(DISTINCT national_id_index_b) FROM persons`)
	w.wantCount(0, `SELECT count(*) FROM contacts WHERE mobile_index IS NOT NULL OR mobile_index_b IS NULL`)
	for n := 1; n <= people; n++ {
		if id, _, err := m.db.PersonID(w.Context(), m.vault.Blind(vault.IndexNationalID, nationalID(n))); err != nil || id.IsZero() {
			w.Errorf("person %d is not found: %v", n, err)
		}
	}
	plain, err := m.vault.Open(w.bytesOf(doc), "documents.bytes:"+doc.String())
	if err != nil || len(plain) != 1_800_000 {
		w.Errorf("the document: %d bytes, %v", len(plain), err)
	}
}

func (w *world) bytesOf(doc hub.ID) (ct []byte) {
	w.Helper()
	if err := w.sql.QueryRow(context.Background(), `SELECT bytes_ct FROM document_bytes WHERE document = $1`, doc.String()).Scan(&ct); err != nil {
		w.Fatal(err)
	}
	return ct
}

// real is an enrolled person whose national id is sealed by the machine, not made up.
func (w *world) real(m *machine) hub.ID {
	w.Helper()
	w.vault, w.o.Vault = m.vault, m.vault
	id := w.person(nationalID(1000))
	w.exec(`UPDATE persons SET national_id_ct = $2 WHERE id = $1`, id.String(), m.vault.SealText(nationalID(1000), "persons.national_id:"+id.String()))
	return id
}

// promoted is a machine whose keys were changed once, with the work done.
func (w *world) promoted() *machine {
	w.Helper()
	m := w.machine("")
	if _, err := m.keeper.Rotate(w.Context()); err != nil {
		w.Fatal(err)
	}
	w.look(m)
	if err := m.keeper.Promote(w.Context()); err != nil {
		w.Fatal(err)
	}
	w.look(m)
	return m
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
