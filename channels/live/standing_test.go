package live_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"eblagh/channels/live"
	"eblagh/hub"
	"eblagh/hub/postgres/pgtest"
)

// standings asks the database of the world, as the program does.
func (w *world) standings(o *live.Options) {
	db := w.store.Store.(interface {
		Standings(ctx context.Context, recipients, people, sessions []hub.ID) ([]hub.ViewerStanding, error)
	})
	o.Still = func(ctx context.Context, viewers []live.Viewer) ([]int, error) {
		if w.store.away.Load() {
			return nil, errAway
		}
		recipients, people, sessions := make([]hub.ID, len(viewers)), make([]hub.ID, len(viewers)), make([]hub.ID, len(viewers))
		for i, v := range viewers {
			recipients[i], people[i], sessions[i] = v.Recipient, v.Person, v.Session
		}
		list, err := db.Standings(ctx, recipients, people, sessions)
		codes := make([]int, len(viewers))
		for i, s := range list {
			switch {
			case !s.Acts:
				codes[i] = live.CloseEnded
			case !s.SignedIn:
				codes[i] = live.CloseRefresh
			}
		}
		return codes, err
	}
}

// session signs somebody in.
func (w *world) session(person hub.ID) hub.ID {
	w.Helper()
	id := newID()
	w.exec(`INSERT INTO sessions (token_hash, id, person, data, expires_at) VALUES ($1, $2, $3, '', hub_now() + interval '1 hour')`,
		id[:], id.String(), person.String())
	return id
}

// looker connects somebody by a session, to their own inbox or to that of whom they act for.
func (n *node) looker(t *testing.T, recipient, person, session hub.ID) *client {
	t.Helper()
	ws, _, err := websocket.DefaultDialer.Dial(n.url+"?after=0", http.Header{"Test-Person": {recipient.String()},
		"Test-Representative": {person.String()}, "Test-Session": {session.String()}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ws.Close() })
	return (&client{t, ws}).hello(0, true)
}

// A word from the process that ended a session, or a representative, ends the connections on every node, and no other.
func TestAWordEndsConnectionsOnEveryNode(t *testing.T) {
	t.Parallel()
	w, redis := newWorld(t), pgtest.NewRedis(t)
	never := func(o *live.Options) { o.Ping = time.Hour }
	here, there := w.node(redis.Addr(), w.standings, never), w.node(redis.Addr(), w.standings, never)
	company, person, other := w.person(), w.person(), w.person()
	w.exec(`INSERT INTO representatives (id, legal_person, person, role) VALUES ($1, $2, $3, 'manager'), ($4, $2, $5, 'reader')`,
		newID().String(), company.String(), person.String(), newID().String(), other.String())
	first, second, others := w.session(person), w.session(person), w.session(other)
	gone := []*client{here.looker(t, person, person, first), there.looker(t, person, person, first), there.looker(t, company, person, first)}
	kept := []*client{here.looker(t, person, person, second), there.looker(t, company, person, second)}
	dismissed, own := there.looker(t, company, other, others), there.looker(t, other, other, others)
	until(t, "both nodes hear", func() bool { return !here.Polling() && !there.Polling() })

	w.exec(`DELETE FROM sessions WHERE id = $1`, first.String())
	here.relay.Recheck(person)
	for _, c := range gone {
		c.bye(live.CloseRefresh)
	}
	w.exec(`UPDATE representatives SET ended_at = hub_now() WHERE person = $1`, other.String())
	here.relay.Recheck(company)
	dismissed.bye(live.CloseEnded)

	nudge, _ := w.arrive(person, 1)
	here.relay.Nudge(t.Context(), []hub.Nudge{nudge})
	kept[0].notices(1, 1)
	nudge, _ = w.arrive(company, 1)
	here.relay.Nudge(t.Context(), []hub.Nudge{nudge})
	kept[1].notices(1, 1)
	nudge, _ = w.arrive(other, 1)
	here.relay.Nudge(t.Context(), []hub.Nudge{nudge})
	own.notices(1, 1)
}

// Without any word, whatever ended a session is found out with the ping, however it ended; and nothing is shown between.
func TestTheDatabaseEndsConnectionsWithoutAWord(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, sql string
		code      int
	}{
		{"revoked", `DELETE FROM sessions WHERE person = $1`, live.CloseRefresh},
		{"expired", `UPDATE sessions SET expires_at = hub_now() WHERE person = $1`, live.CloseRefresh},
		{"term over", `UPDATE representatives SET until = created_at + interval '1 microsecond' WHERE person = $1`, live.CloseEnded},
		{"dismissed", `UPDATE representatives SET ended_at = hub_now() WHERE person = $1`, live.CloseEnded},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			pinged := w.node("", w.standings, func(o *live.Options) { o.Ping, o.Poll = 250*time.Millisecond, time.Hour })
			still := w.node("", w.standings, func(o *live.Options) { o.Ping, o.Poll = time.Hour, time.Hour })
			company, person := w.person(), w.person()
			w.exec(`INSERT INTO representatives (id, legal_person, person, role) VALUES ($1, $2, $3, 'manager')`,
				newID().String(), company.String(), person.String())
			session := w.session(person)
			byPing, byPaper := pinged.looker(t, company, person, session), still.looker(t, company, person, session)
			w.exec(c.sql, person.String())
			byPing.bye(c.code)
			nudge, _ := w.arrive(company, 1)
			still.Notify([]hub.Nudge{nudge})
			if f := byPaper.bye(c.code); f.Type != "bye" {
				t.Errorf("got %+v", f)
			}
			if all, _ := w.receipts(hub.EventConsignmentNotified, company); all != 0 {
				t.Errorf("%d notices were shown after the end", all)
			}
		})
	}
}

// While the database is away nobody is cut off, and nobody is shown anything.
func TestNobodyIsCutOffWhileTheDatabaseIsAway(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	n := w.node("", w.standings, func(o *live.Options) { o.Ping, o.Poll = 100*time.Millisecond, time.Hour })
	person := w.person()
	c := n.looker(t, person, person, w.session(person))
	w.store.away.Store(true)
	nudge, _ := w.arrive(person, 1)
	n.Notify([]hub.Nudge{nudge})
	n.Recheck(person)
	pings := make(chan struct{}, 8)
	c.ws.SetPingHandler(func(string) error {
		select {
		case pings <- struct{}{}:
		default:
		}
		return c.ws.WriteControl(websocket.PongMessage, nil, time.Now().Add(limit))
	})
	go func() {
		for range 3 {
			<-pings
		}
		w.store.away.Store(false)
	}()
	c.notices(1, 1)
}
