package postgres_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"eblagh/hub"
	"eblagh/hub/access"
	"eblagh/hub/dispatch"
	"eblagh/hub/hubtest"
	"eblagh/hub/postgres"
	"eblagh/hub/postgres/pgtest"
	"eblagh/hub/vault"
)

// world is a hub on a database of the test's own, with one branch, one office and a provider.
type world struct {
	*testing.T
	db     *postgres.DB
	sql    *pgxpool.Pool // the superuser's, to look behind
	vault  *vault.Vault
	sender *hubtest.Sender
	nudger *hubtest.Nudger
	branch hub.ID
	office hub.ID
	o      dispatch.Options
	*dispatch.Dispatcher
}

func newWorld(t *testing.T, change ...func(*dispatch.Options)) *world {
	t.Helper()
	t.Parallel() // each has a database of its own
	w := &world{T: t, db: pgtest.New(t), sender: &hubtest.Sender{}, nudger: &hubtest.Nudger{}}
	w.sql = superuser(t, pgtest.URL(t))
	var err error
	if w.vault, err = vault.Create(filepath.Join(t.TempDir(), "keys")); err != nil {
		t.Fatal(err)
	}
	w.o = dispatch.Options{
		Store: w.db, Vault: w.vault, Messages: os.DirFS("../../config/messages"), Pick: hubtest.Only(w.sender),
		Nudger: w.nudger, Clock: hub.SystemClock, Logger: slog.New(slog.DiscardHandler),
		Queued: true, // so that a test sees each step; TestAtOnce… has the other way
	}
	for _, c := range change {
		c(&w.o)
	}
	w.Dispatcher = w.dispatcher(nil)
	w.branch, w.office = w.organisation("branch"), w.organisation("office")
	return w
}

// dispatcher is another process on the same store, with options of its own.
func (w *world) dispatcher(change func(*dispatch.Options)) *dispatch.Dispatcher {
	w.Helper()
	o := w.o
	if change != nil {
		change(&o)
	}
	d, err := dispatch.New(o)
	if err != nil {
		w.Fatal(err)
	}
	return d
}

func superuser(t *testing.T, url string) *pgxpool.Pool {
	t.Helper()
	pool, err := pgxpool.New(context.Background(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	return pool
}

func newID() hub.ID { return hub.NewID(time.Now()) }

func (w *world) exec(sql string, args ...any) {
	w.Helper()
	if _, err := w.sql.Exec(context.Background(), sql, args...); err != nil {
		w.Fatalf("%s: %v", sql, err)
	}
}

func (w *world) count(sql string, args ...any) (n int) {
	w.Helper()
	if err := w.sql.QueryRow(context.Background(), sql, args...).Scan(&n); err != nil {
		w.Fatalf("%s: %v", sql, err)
	}
	return n
}

// wantCount checks one number in the store.
func (w *world) wantCount(want int, sql string, args ...any) {
	w.Helper()
	if got := w.count(sql, args...); got != want {
		w.Errorf("%s: got %d, want %d", sql, got, want)
	}
}

func (w *world) organisation(kind string) hub.ID {
	id := newID()
	w.exec(`INSERT INTO organisations (id, kind, code, name) VALUES ($1, $2, $3, 'demo')`, id.String(), kind, id.String())
	return id
}

// person is an enrolled person with a mobile number; the national id's index is of the given text.
func (w *world) person(nationalID string) hub.ID {
	id := newID()
	w.exec(`INSERT INTO persons (id, kind, national_id_ct, national_id_index, given_name_ct, family_name_ct,
		personal_code, activated_at) VALUES ($1, 'natural', 'x', $2, 'x', 'x', 'x', hub_now())`,
		id.String(), w.vault.Index("national_id", nationalID))
	w.exec(`INSERT INTO contacts (id, person, mobile_ct, mobile_index, changed_by) VALUES ($1, $2, $3, sha256($3), $2)`,
		newID().String(), id.String(), w.vault.SealText("+989120000000", "contacts.mobile:"+id.String()))
	return id
}

func (w *world) someone() hub.ID { return w.person(newID().String()) }

func (w *world) document(owner hub.ID) hub.ID {
	id := newID()
	w.exec(`INSERT INTO documents (id, submitter, sha256, size, media_type, file_name_ct)
		VALUES ($1, $2, sha256($3), 10, 'application/pdf', $4)`, id.String(), owner.String(), []byte(id.String()),
		w.vault.SealText("paper.pdf", "documents.file_name:"+id.String()))
	return id
}

// court is the branch's system.
func (w *world) court() access.Principal {
	return access.Principal{Kind: access.Key, ID: newID(), Scopes: access.Scopes,
		Grants: []access.Grant{{Role: hub.RoleCourtClerk, Organisation: w.branch}}}
}

func (w *world) officeKey() access.Principal {
	return access.Principal{Kind: access.Key, ID: newID(), Scopes: access.Scopes,
		Grants: []access.Grant{{Role: hub.RoleOfficeClerk, Organisation: w.office}}}
}

func citizen(person hub.ID) access.Principal {
	return access.Principal{Kind: access.Person, ID: person}
}

func paper(reference string, to hub.ID) dispatch.Paper {
	return dispatch.Paper{
		Reference: reference, Case: dispatch.PaperCase{Number: "140012345678901234"}, Kind: "summons", Capacity: "defendant",
		Addressee: dispatch.Addressee{Recipient: to}, Subject: "subject " + reference, Body: "body " + reference,
	}
}

// papers are n papers to each of the people in turn.
func papers(prefix string, n int, people ...hub.ID) []dispatch.Paper {
	out := make([]dispatch.Paper, n)
	for i := range out {
		out[i] = paper(fmt.Sprintf("%s-%d", prefix, i), people[i%len(people)])
	}
	return out
}

// submit takes papers in, all of which must be good.
func (w *world) submit(all ...dispatch.Paper) []hub.Notice {
	w.Helper()
	results, err := w.Submit(context.Background(), w.court(), all, nil)
	if err != nil {
		w.Fatal(err)
	}
	notices := make([]hub.Notice, len(results))
	for i, r := range results {
		if r.Err != nil {
			w.Fatalf("paper %d: %v", i, r.Err)
		}
		notices[i] = r.Notice
	}
	return notices
}

// claim takes what is due in a lane.
func (w *world) claim(lane hub.Lane) []hub.ID {
	w.Helper()
	ids, err := w.db.Claim(context.Background(), lane, 10_000, 10_000, time.Minute)
	if err != nil {
		w.Fatal(err)
	}
	return ids
}

// deliver does what is due until nothing is.
func (w *world) deliver() {
	w.Helper()
	for busy := true; busy; {
		busy = false
		for _, lane := range hub.Lanes {
			if ids := w.claim(lane); len(ids) > 0 {
				busy = true
				if err := w.Handle(context.Background(), lane, ids); err != nil {
					w.Fatal(err)
				}
			}
		}
	}
}

// later moves the hub's clock, for connections made from now on, and gives a dispatcher with such connections.
func (w *world) later(by string) *dispatch.Dispatcher {
	w.Helper()
	var name string
	if err := w.sql.QueryRow(context.Background(), `SELECT current_database()`).Scan(&name); err != nil {
		w.Fatal(err)
	}
	w.exec(`ALTER DATABASE ` + name + ` SET eblagh.clock_offset = '` + by + `'`)
	w.sql.Reset()
	db, err := postgres.Open(context.Background(), postgres.Options{URL: pgtest.URL(w.T)})
	if err != nil {
		w.Fatal(err)
	}
	w.Cleanup(db.Close)
	w.db = db
	w.o.Store = db
	w.Dispatcher = w.dispatcher(nil)
	return w.Dispatcher
}
