package postgres_test

import (
	"bytes"
	"sync"
	"testing"
	"time"

	"eblagh/hub"
	"eblagh/hub/postgres"
	"eblagh/hub/postgres/pgtest"
)

func begin(t *testing.T, db *postgres.DB, owner hub.ID, key, request string) (hub.IdempotencyState, int, string) {
	t.Helper()
	state, status, answer, err := db.BeginIdempotent(t.Context(), owner, key, []byte(request))
	if err != nil {
		t.Fatal(err)
	}
	return state, status, string(answer)
}

func TestIdempotentCallIsDoneOnceAndReplayed(t *testing.T) {
	db, owner := pgtest.New(t), hub.NewID(time.Now())
	if state, _, _ := begin(t, db, owner, "k", "a"); state != hub.IdempotencyFresh {
		t.Fatalf("first: %s", state)
	}
	if state, _, _ := begin(t, db, owner, "k", "a"); state != hub.IdempotencyInFlight {
		t.Errorf("while running: %s", state)
	}
	if state, _, _ := begin(t, db, owner, "k", "b"); state != hub.IdempotencyMismatch {
		t.Errorf("another body while running: %s", state)
	}
	if state, _, _ := begin(t, db, hub.NewID(time.Now()), "k", "a"); state != hub.IdempotencyFresh {
		t.Errorf("another owner: %s", state)
	}
	if err := db.FinishIdempotent(t.Context(), owner, "k", 201, []byte("sealed")); err != nil {
		t.Fatal(err)
	}
	if err := db.AbandonIdempotent(t.Context(), owner, "k"); err != nil {
		t.Fatal(err)
	}
	if err := db.FinishIdempotent(t.Context(), owner, "k", 500, []byte("late")); err != nil {
		t.Fatal(err)
	}
	if state, status, answer := begin(t, db, owner, "k", "a"); state != hub.IdempotencyReplay || status != 201 || answer != "sealed" {
		t.Errorf("after: %s, %d, %q", state, status, answer)
	}
	if state, _, _ := begin(t, db, owner, "k", "b"); state != hub.IdempotencyMismatch {
		t.Errorf("another body after: %s", state)
	}
}

func TestAbandonedKeyIsFreeAgain(t *testing.T) {
	db, owner := pgtest.New(t), hub.NewID(time.Now())
	begin(t, db, owner, "k", "a")
	if err := db.AbandonIdempotent(t.Context(), owner, "k"); err != nil {
		t.Fatal(err)
	}
	if state, _, _ := begin(t, db, owner, "k", "b"); state != hub.IdempotencyFresh {
		t.Errorf("after giving it back: %s", state)
	}
}

func TestOfManyWhoBeginExactlyOneIsFresh(t *testing.T) {
	db, owner := pgtest.New(t), hub.NewID(time.Now())
	for _, prepare := range []string{"", // a key that nobody had
		`UPDATE idempotency_keys SET locked_until = hub_now() - interval '1 second'`, // of a process that died
		`UPDATE idempotency_keys SET created_at = hub_now() - interval '25 hours'`} { // of yesterday
		if prepare != "" {
			if _, err := superuser(t, pgtest.URL(t)).Exec(t.Context(), prepare); err != nil {
				t.Fatal(err)
			}
		}
		states := make([]hub.IdempotencyState, 10)
		var wg sync.WaitGroup
		for i := range states {
			wg.Go(func() { states[i], _, _ = begin(t, db, owner, "k", "a") })
		}
		wg.Wait()
		fresh := 0
		for _, s := range states {
			if s == hub.IdempotencyFresh {
				fresh++
			} else if s != hub.IdempotencyInFlight {
				t.Errorf("after %q: %s", prepare, s)
			}
		}
		if fresh != 1 {
			t.Errorf("after %q: %d were told fresh", prepare, fresh)
		}
	}
}

func TestARunningCallRenewsItsLockAndAnEndedOneDoesNot(t *testing.T) {
	db, owner := pgtest.New(t), hub.NewID(time.Now())
	begin(t, db, owner, "k", "a")
	expired := `UPDATE idempotency_keys SET locked_until = hub_now() - interval '1 second' WHERE status IS NULL`
	if _, err := superuser(t, pgtest.URL(t)).Exec(t.Context(), expired); err != nil {
		t.Fatal(err)
	}
	if err := db.RenewIdempotent(t.Context(), owner, "k"); err != nil {
		t.Fatal(err)
	}
	if state, _, _ := begin(t, db, owner, "k", "a"); state != hub.IdempotencyInFlight {
		t.Errorf("renewed: %s", state)
	}
	if err := db.FinishIdempotent(t.Context(), owner, "k", 201, []byte("answer")); err != nil {
		t.Fatal(err)
	}
	if err := db.RenewIdempotent(t.Context(), owner, "k"); err != nil {
		t.Fatal(err)
	}
	if state, status, _ := begin(t, db, owner, "k", "a"); state != hub.IdempotencyReplay || status != 201 {
		t.Errorf("renewed after its end: %s %d", state, status)
	}
}

// A lock that ran out frees the key for the same request only: the process that died may have done it.
func TestKeyOfADeadProcessKeepsItsRequest(t *testing.T) {
	db, owner := pgtest.New(t), hub.NewID(time.Now())
	begin(t, db, owner, "k", "a")
	_, err := superuser(t, pgtest.URL(t)).Exec(t.Context(), `UPDATE idempotency_keys SET locked_until = hub_now() - interval '1 second'`)
	if err != nil {
		t.Fatal(err)
	}
	if state, _, _ := begin(t, db, owner, "k", "b"); state != hub.IdempotencyMismatch {
		t.Errorf("another body: %s", state)
	}
	if state, _, _ := begin(t, db, owner, "k", "a"); state != hub.IdempotencyFresh {
		t.Errorf("same body: %s", state)
	}
}

func TestDatabaseIsBoundToItsKeyFile(t *testing.T) {
	db := pgtest.New(t)
	mine, other := bytes.Repeat([]byte{1}, 8), bytes.Repeat([]byte{2}, 8)
	for range 2 {
		if err := db.BindVault(t.Context(), mine); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.BindVault(t.Context(), other); err == nil {
		t.Error("another key file was taken")
	}
	if err := db.BindVault(t.Context(), mine); err != nil {
		t.Errorf("after the refusal: %v", err)
	}
}
