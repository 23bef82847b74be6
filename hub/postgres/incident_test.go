package postgres_test

import (
	"testing"
	"time"

	"eblagh/hub"
	"eblagh/hub/postgres/pgtest"
)

// Bylaw 13 n.1: an outage can be attested from its first moment to its last.
func TestOutageIsOneRowFromBeginningToEnd(t *testing.T) {
	db := pgtest.New(t)
	outage := func() hub.Incident {
		return hub.Incident{ID: hub.NewID(time.Now()), Kind: hub.IncidentOutage, Part: "redis", Reason: "away"}
	}
	for range 3 {
		if err := db.AddIncident(t.Context(), outage()); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.EndOutage(t.Context(), "postgres"); err != nil {
		t.Fatal(err)
	}
	var open, ended int
	count := func() {
		t.Helper()
		err := superuser(t, pgtest.URL(t)).QueryRow(t.Context(), `SELECT count(*) FILTER (WHERE ended_at IS NULL),
			count(*) FILTER (WHERE ended_at >= started_at) FROM incidents`).Scan(&open, &ended)
		if err != nil {
			t.Fatal(err)
		}
	}
	if count(); open != 1 || ended != 0 {
		t.Errorf("while away: %d open, %d ended", open, ended)
	}
	if err := db.EndOutage(t.Context(), "redis"); err != nil {
		t.Fatal(err)
	}
	if err := db.AddIncident(t.Context(), outage()); err != nil {
		t.Fatal(err)
	}
	if count(); open != 1 || ended != 1 {
		t.Errorf("away again: %d open, %d ended", open, ended)
	}
}
