package postgres_test

import (
	"context"
	"testing"
)

// The log's writer takes as much as it asks for, but never a part of what waits in one row.
func TestTheLogTakesNoMoreThanItAsksFor(t *testing.T) {
	w := newWorld(t)
	w.submit(papers("long", 250, w.someone())...) // in rows of 100, 100 and 50
	session, err := w.db.Sealing().Lock(context.Background())
	if err != nil || session == nil {
		t.Fatalf("%v, %v", session, err)
	}
	defer session.Close()
	for limit, want := range map[int]int{0: 0, 50: 100, 100: 100, 199: 100, 200: 200, 4000: 250} {
		if got, _, err := session.Waiting(context.Background(), limit); err != nil || len(got) != want {
			t.Errorf("%d of %d, want %d: %v", len(got), limit, want, err)
		}
	}
}
