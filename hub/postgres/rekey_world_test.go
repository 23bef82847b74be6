package postgres_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
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
