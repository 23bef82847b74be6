package postgres_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"sync"
	"testing"
	"time"

	"eblagh/hub"
	"eblagh/hub/postgres"
	"eblagh/hub/postgres/pgtest"
)

// describe reads the sessions of these tests, which are JSON of a hub.Session.
func describe(data []byte) (s hub.Session, err error) {
	err = json.Unmarshal(data, &s)
	return s, err
}

func sessionOf(t *testing.T, person hub.ID) (hub.Session, []byte) {
	t.Helper()
	s := hub.Session{ID: hub.NewID(time.Now()), Person: person}
	data, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	return s, data
}

// newPersons keeps n persons without anything to them.
func newPersons(t *testing.T, n int) (*postgres.DB, []hub.ID) {
	t.Helper()
	db, ids := pgtest.New(t), make([]hub.ID, n)
	for i := range ids {
		ids[i] = hub.NewID(time.Now())
		_, err := superuser(t, pgtest.URL(t)).Exec(t.Context(), `INSERT INTO persons
			(id, kind, national_id_ct, national_id_index, given_name_ct, family_name_ct)
			VALUES ($1, 'natural', '\x00', $2, '\x00', '\x00')`, ids[i].String(), ids[i][:])
		if err != nil {
			t.Fatal(err)
		}
	}
	return db, ids
}

func TestSessionIsKeptByTheHashOfItsToken(t *testing.T) {
	db, people := newPersons(t, 2)
	sessions, end := db.Sessions(describe), time.Now().Add(time.Hour)
	one, data := sessionOf(t, people[0])
	if err := sessions.CommitCtx(t.Context(), "token", data, end); err != nil {
		t.Fatal(err)
	}
	got, found, err := sessions.FindCtx(t.Context(), "token")
	if err != nil || !found || !bytes.Equal(got, data) {
		t.Fatalf("find: %s, %v, %v", got, found, err)
	}
	if _, found, err := sessions.Find("Token"); found || err != nil {
		t.Errorf("another token: %v, %v", found, err)
	}
	var row string
	err = superuser(t, pgtest.URL(t)).QueryRow(t.Context(), `SELECT sessions::text FROM sessions`).Scan(&row)
	if err != nil || bytes.Contains([]byte(row), []byte("token")) {
		t.Errorf("row %q, %v", row, err)
	}
	_, stolen := sessionOf(t, people[1])
	if err := sessions.CommitCtx(t.Context(), "token", stolen, end); err == nil {
		t.Error("the session changed hands")
	}
	_, nobody := sessionOf(t, hub.ID{})
	if err := sessions.Commit("other", nobody, end); err == nil {
		t.Error("nobody's session was kept")
	}
	list, err := sessions.SessionsOf(t.Context(), people[0])
	if err != nil || len(list) != 1 || list[0].ID != one.ID || list[0].Person != people[0] {
		t.Errorf("list %+v, %v", list, err)
	}
	if err := sessions.RevokeSession(t.Context(), people[1], one.ID); hub.CodeOf(err) != hub.CodeNotFound {
		t.Errorf("revoking another's: %v", err)
	}
	if err := sessions.RevokeSession(t.Context(), people[0], one.ID); err != nil {
		t.Error(err)
	}
	if err := sessions.TouchCtx(t.Context(), "token", end.Add(time.Hour)); err != nil {
		t.Error(err)
	}
	if _, found, _ := sessions.FindCtx(t.Context(), "token"); found {
		t.Error("a revoked session came back")
	}
	if err := sessions.Delete("token"); err != nil {
		t.Errorf("ending what has ended: %v", err)
	}
}

func TestSessionEndsByTheDatabasesClock(t *testing.T) {
	db, people := newPersons(t, 1)
	sessions := db.Sessions(describe)
	_, data := sessionOf(t, people[0])
	if err := sessions.Commit("past", data, time.Now().Add(-time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, found, err := sessions.FindCtx(t.Context(), "past"); found || err != nil {
		t.Errorf("a session past its end: %v, %v", found, err)
	}
	if err := sessions.TouchCtx(t.Context(), "past", time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if list, err := sessions.SessionsOf(t.Context(), people[0]); len(list) != 0 || err != nil {
		t.Errorf("touching brought it back: %v, %v", list, err)
	}
	_, data = sessionOf(t, people[0])
	soon := time.Now().Add(time.Minute).UTC().Truncate(time.Microsecond)
	if err := sessions.Commit("token", data, soon); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ to, want time.Time }{
		{soon.Add(30 * time.Second), soon}, // too small a move to write a row for
		{soon.Add(time.Hour), soon.Add(time.Hour)},
	} {
		if err := sessions.TouchCtx(t.Context(), "token", c.to); err != nil {
			t.Fatal(err)
		}
		list, err := sessions.SessionsOf(t.Context(), people[0])
		if err != nil || len(list) != 1 || !list[0].ExpiresAt.Equal(c.want) {
			t.Errorf("touched to %v: %+v, %v", c.to, list, err)
		}
	}
}

// Calls that come at once share statements: each gets what is its own, and what is nobody's stays so.
func TestManySessionsAtOnceAreEachTheirOwn(t *testing.T) {
	const n = 40
	db, people := newPersons(t, n)
	sessions, sql := db.Sessions(describe), superuser(t, pgtest.URL(t))
	if _, err := sql.Exec(t.Context(), `UPDATE persons SET activated_at = hub_now(), personal_code = 'x'`); err != nil {
		t.Fatal(err)
	}
	token := func(i int) string { return fmt.Sprint("token ", i) }
	for i := range people[:n/2] { // the others have none
		_, data := sessionOf(t, people[i])
		if err := sessions.CommitCtx(t.Context(), token(i), data, time.Now().Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		_, err := sql.Exec(t.Context(), `INSERT INTO grants (id, person, role) VALUES ($1, $2, 'auditor')`,
			hub.NewID(time.Now()).String(), people[i].String())
		if err != nil {
			t.Fatal(err)
		}
	}
	var group sync.WaitGroup
	for i, person := range people {
		group.Go(func() {
			data, found, err := sessions.FindCtx(t.Context(), token(i))
			if s, _ := describe(data); err != nil || found != (i < n/2) || found && s.Person != person {
				t.Errorf("session %d: %s, %v, %v", i, data, found, err)
			}
			grants, mandates, known, err := db.OpenGrants(t.Context(), person)
			if err != nil || !known || len(mandates) != 0 || (len(grants) == 1) != (i < n/2) {
				t.Errorf("person %d: %v, %v, %v, %v", i, grants, mandates, known, err)
			}
			if err := sessions.TouchCtx(t.Context(), token(i), time.Now().Add(2*time.Hour)); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	var moved int
	err := sql.QueryRow(t.Context(), `SELECT count(*) FROM sessions WHERE expires_at > hub_now() + interval '119 minutes'`).Scan(&moved)
	if err != nil || moved != n/2 {
		t.Errorf("%d sessions were moved, %v", moved, err)
	}
}

// A touch waits for nobody: while somebody ends a session, those of others are moved.
func TestATouchDoesNotWaitForASessionThatEnds(t *testing.T) {
	db, people := newPersons(t, 2)
	sessions, sql := db.Sessions(describe), superuser(t, pgtest.URL(t))
	for i, person := range people {
		_, data := sessionOf(t, person)
		if err := sessions.CommitCtx(t.Context(), fmt.Sprint(i), data, time.Now().Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
	}
	tx, err := sql.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback(t.Context())
	if _, err := tx.Exec(t.Context(), `DELETE FROM sessions WHERE person = $1`, people[0].String()); err != nil {
		t.Fatal(err)
	}
	for i := range people {
		if err := sessions.TouchCtx(t.Context(), fmt.Sprint(i), time.Now().Add(2*time.Hour)); err != nil {
			t.Fatal(err)
		}
	}
	var moved string
	err = tx.QueryRow(t.Context(), `SELECT string_agg(person::text, ' ') FROM sessions WHERE expires_at > hub_now() + interval '119 minutes'`).Scan(&moved)
	if err != nil || moved != people[1].String() {
		t.Errorf("moved: %s, %v", moved, err)
	}
}
