package postgres_test

import (
	"testing"
	"time"

	"eblagh/hub"
	"eblagh/hub/postgres/pgtest"
)

// A connection may go on with a session of its own person that has not ended, into their own inbox or that of whom they
// act for now. A legal person that others sign in for looks no more by itself.
func TestStandings(t *testing.T) {
	db, people := newPersons(t, 6)
	sql := superuser(t, pgtest.URL(t))
	own, manager, reader, company, lonely, newcomer := people[0], people[1], people[2], people[3], people[4], people[5]
	exec := func(query string, args ...any) {
		t.Helper()
		for i, arg := range args {
			if id, ok := arg.(hub.ID); ok {
				args[i] = id.String()
			}
		}
		if _, err := sql.Exec(t.Context(), query, args...); err != nil {
			t.Fatal(err)
		}
	}
	id := func() hub.ID { return hub.NewID(time.Now()) }
	session := func(person hub.ID, life string) hub.ID {
		t.Helper()
		made := id()
		exec(`INSERT INTO sessions (token_hash, id, person, data, expires_at) VALUES ($1, $2, $3, '', hub_now() + $4::interval)`,
			made[:], made, person, life)
		return made
	}
	represent := func(legal, person hub.ID, role, until string) hub.ID {
		t.Helper()
		made := id()
		exec(`INSERT INTO representatives (id, legal_person, person, role, created_at, until)
			VALUES ($1, $2, $3, $4, hub_now() - interval '1 day', hub_now() + nullif($5, '')::interval)`, made, legal, person, role, until)
		return made
	}
	exec(`UPDATE persons SET activated_at = hub_now(), personal_code = 'x' WHERE id <> $1`, newcomer)
	represent(company, manager, "manager", "1 hour")
	represent(company, reader, "reader", "-1 hour")
	represent(lonely, reader, "reader", "")        // may not open
	represent(lonely, newcomer, "owner", "")       // has no account yet
	represent(lonely, manager, "owner", "-1 hour") // not any more
	type ask struct{ recipient, person, session hub.ID }
	for _, c := range []struct {
		name string
		ask  ask
		want hub.ViewerStanding
	}{
		{"one's own", ask{own, own, session(own, "1 hour")}, hub.ViewerStanding{SignedIn: true, Acts: true}},
		{"expired", ask{own, own, session(own, "-1 second")}, hub.ViewerStanding{Acts: true}},
		{"no such session", ask{own, own, id()}, hub.ViewerStanding{Acts: true}},
		{"another's session", ask{own, own, session(manager, "1 hour")}, hub.ViewerStanding{Acts: true}},
		{"within the term", ask{company, manager, session(manager, "1 hour")}, hub.ViewerStanding{SignedIn: true, Acts: true}},
		{"the term is over", ask{company, reader, session(reader, "1 hour")}, hub.ViewerStanding{SignedIn: true}},
		{"a stranger", ask{company, own, session(own, "1 hour")}, hub.ViewerStanding{SignedIn: true}},
		{"represented by itself", ask{company, company, session(company, "1 hour")}, hub.ViewerStanding{Acts: true}},
		{"nobody can sign in for it", ask{lonely, lonely, session(lonely, "1 hour")}, hub.ViewerStanding{SignedIn: true, Acts: true}},
	} {
		got, err := db.Standings(t.Context(), []hub.ID{own, c.ask.recipient}, []hub.ID{own, c.ask.person}, []hub.ID{id(), c.ask.session})
		if err != nil || len(got) != 2 || got[1] != c.want || got[0] != (hub.ViewerStanding{Acts: true}) {
			t.Errorf("%s: %+v, %v; want %+v", c.name, got, err, c.want)
		}
	}
}
