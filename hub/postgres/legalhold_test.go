package postgres_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"eblagh/hub"
	"eblagh/hub/access"
)

func TestHoldsAreTheBranchsOwn(t *testing.T) {
	k := newKept(t, 90)
	matter := k.notice.Case.ID
	elsewhere := access.Principal{Kind: access.Person, ID: k.someone(), Grants: []access.Grant{{Role: hub.RoleJudge, Organisation: k.office}}}
	for name, c := range map[string]struct {
		p      access.Principal
		notice hub.ID
		reason string
		want   hub.Code
	}{
		"another branch's judge": {elsewhere, hub.ID{}, "x", hub.CodeNotFound},
		"the addressee":          {citizen(k.notice.Recipient), hub.ID{}, "x", hub.CodeForbidden},
		"no reason":              {k.judge, hub.ID{}, " ", hub.CodeValidation},
		"two lines":              {k.judge, hub.ID{}, "a\nb", hub.CodeValidation},
		"a paper of no case":     {k.judge, newID(), "x", hub.CodeValidation},
	} {
		if _, err := k.keeper.Place(t.Context(), c.p, matter, c.notice, c.reason); hub.CodeOf(err) != c.want {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
	if _, err := k.keeper.Holds(t.Context(), elsewhere, matter); hub.CodeOf(err) != hub.CodeNotFound {
		t.Errorf("another branch reads the holds: %v", err)
	}
	k.wantCount(0, `SELECT count(*) FROM legal_holds`)
	for _, sql := range []string{"DELETE FROM legal_holds", "UPDATE legal_holds SET reason = 'x'", "TRUNCATE legal_holds"} {
		if code := k.refused("eblagh_worker", sql); code != privilege {
			t.Errorf("worker may %s: %q", sql, code)
		}
	}
}

// Whoever comes first wins, and the other is told: never is something held that is gone without its hold having come too
// late for both to know.
func TestHoldAndErasureRace(t *testing.T) {
	k := newKept(t, 90)
	matter := k.notice.Case.ID
	for range 8 {
		doc := k.paperDocument()
		notice := k.paperIn("civil", "140012345678901234", doc)
		var wg sync.WaitGroup
		var erased, held error
		wg.Go(func() { erased = k.erase(context.Background(), doc, "a race") })
		wg.Go(func() {
			_, held = k.keeper.Place(context.Background(), k.judge, matter, notice.ID, "a race")
		})
		wg.Wait()
		if held != nil || erased != nil && hub.CodeOf(erased) != hub.CodeWrongState {
			t.Fatalf("held: %v, erased: %v", held, erased)
		}
		gone := k.count(`SELECT count(*) FROM erasures WHERE document = $1`, doc.String()) == 1
		first := k.count(`SELECT count(*) FROM erasures e JOIN legal_holds h ON h.notice = $2 AND h.placed_at < e.erased_at WHERE e.document = $1`, doc.String(), notice.ID.String()) == 1
		if gone != (erased == nil) || gone && first {
			t.Errorf("gone %v, erased %v, the hold was there before: %v", gone, erased, first)
		}
		if k.count(`SELECT count(*) FROM document_bytes WHERE document = $1`, doc.String()) == 1 == gone {
			t.Error("bytes and erasure tell different things")
		}
	}
}

// A hold or an erasure that waits for another of the same case is dated when it need not wait any more: the books have them in the
// order in which they took effect.
func TestHoldsAndErasuresAreDatedByTheirLock(t *testing.T) {
	for name, c := range map[string]struct {
		act  func(*kept) error
		when string
	}{
		"a hold": {func(k *kept) error {
			_, err := k.keeper.Place(context.Background(), k.judge, k.notice.Case.ID, hub.ID{}, "second")
			return err
		}, `SELECT placed_at FROM legal_holds`},
		"an erasure": {func(k *kept) error { return k.erase(context.Background(), k.doc, "second") }, `SELECT erased_at FROM erasures`},
	} {
		t.Run(name, func(t *testing.T) {
			k := newKept(t, 90)
			first, err := k.sql.Begin(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = first.Rollback(context.Background()) }()
			if _, err := first.Exec(t.Context(), `SELECT FROM cases WHERE id = $1 FOR NO KEY UPDATE`, k.notice.Case.ID.String()); err != nil {
				t.Fatal(err)
			}
			done := make(chan error, 1)
			go func() { done <- c.act(k) }()
			k.awaitLock()
			var over, at time.Time
			if err := first.QueryRow(t.Context(), `SELECT hub_now()`).Scan(&over); err != nil {
				t.Fatal(err)
			}
			if err := first.Commit(t.Context()); err != nil {
				t.Fatal(err)
			}
			if err := <-done; err != nil {
				t.Fatal(err)
			}
			if err := k.sql.QueryRow(t.Context(), c.when).Scan(&at); err != nil || at.Before(over) {
				t.Errorf("at %v, before the first was over at %v (%v)", at, over, err)
			}
		})
	}
}
