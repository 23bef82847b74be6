package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"eblagh/hub"
	"eblagh/hub/dispatch"
)

// once submits a paper under a key whose answer names the notice.
func (w *world) once(p dispatch.Paper, owner hub.ID, key, request string) (dispatch.Result, bool, error) {
	return w.SubmitOnce(context.Background(), w.court(), p, dispatch.Key{Owner: owner, Key: key, Request: []byte(request),
		Answer: func(r dispatch.Result) (int, []byte) { return 201, []byte("for " + r.Notice.ID.String()) }})
}

// The key and the answer are durable with the paper, and say what was answered.
func TestKeyRidesWithItsPaper(t *testing.T) {
	w := newWorldAtOnce(t)
	owner, to := newID(), w.someone()
	first, kept, err := w.once(paper("x", to), owner, "k", "a")
	if err != nil || !kept || first.Err != nil || first.Notice.ArrivedAt.IsZero() {
		t.Fatal(first, kept, err)
	}
	state, status, answer, err := w.db.FindIdempotent(context.Background(), owner, "k", []byte("a"))
	if err != nil || state != hub.IdempotencyReplay || status != 201 || string(answer) != "for "+first.Notice.ID.String() {
		t.Errorf("%s %d %s %v", state, status, answer, err)
	}
	if state, _, _, _ := w.db.FindIdempotent(context.Background(), owner, "k", []byte("b")); state != hub.IdempotencyMismatch {
		t.Errorf("another request: %s", state)
	}
	for _, request := range []string{"a", "b"} {
		if _, _, err := w.once(paper("y", to), owner, "k", request); !errors.Is(err, dispatch.ErrKeyTaken) {
			t.Errorf("again with %s: %v", request, err)
		}
	}
	if _, kept, err := w.once(paper("y", to), newID(), "k", "a"); err != nil || !kept {
		t.Errorf("another's key of the same name: %t, %v", kept, err)
	}
	w.wantCount(2, `SELECT count(*) FROM notices`)
}

// What was refused or made before keeps no answer with it, and leaves the key free for the one that is kept afterwards.
func TestKeyOfARefusalStaysFree(t *testing.T) {
	w := newWorldAtOnce(t)
	owner, to := newID(), w.someone()
	made, _, err := w.once(paper("x", to), owner, "lost", "a")
	if err != nil {
		t.Fatal(err)
	}
	w.exec(`DELETE FROM idempotency_keys`) // its day is over
	again, kept, err := w.once(paper("x", to), owner, "lost", "a")
	if err != nil || kept || !again.Replayed || again.Notice.ID != made.Notice.ID {
		t.Errorf("the same call after a day: %+v %t %v", again, kept, err)
	}
	refused, kept, err := w.once(paper("x", to), owner, "k", "b")
	if err != nil || kept || hub.CodeOf(refused.Err) != hub.CodeDuplicateReference {
		t.Errorf("a reference that is taken: %+v %t %v", refused, kept, err)
	}
	w.wantCount(0, `SELECT count(*) FROM idempotency_keys`)
	for i, want := range []bool{true, false} {
		kept, err := w.db.KeepIdempotent(context.Background(), owner, "k", []byte("b"), 409, []byte("sealed"))
		if err != nil || kept != want {
			t.Errorf("kept %d times: %t, %v", i, kept, err)
		}
	}
}

// Keys of yesterday, and of a process that died with the same request, are free.
func TestOldKeysAreFreeToRide(t *testing.T) {
	for name, c := range map[string]struct {
		sql, request string
		free         bool
	}{
		"of yesterday": {`UPDATE idempotency_keys SET created_at = hub_now() - interval '25 hours'`, "other", true},
		"of a dead process": {`UPDATE idempotency_keys SET status = NULL, answer_ct = NULL,
			locked_until = hub_now() - interval '1 second'`, "a", true},
		"of a dead process and another request": {`UPDATE idempotency_keys SET status = NULL, answer_ct = NULL,
			locked_until = hub_now() - interval '1 second'`, "other", false},
		"of a call that runs": {`UPDATE idempotency_keys SET status = NULL, answer_ct = NULL,
			locked_until = hub_now() + interval '1 minute'`, "a", false},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorldAtOnce(t)
			owner := newID()
			if _, err := w.db.KeepIdempotent(context.Background(), owner, "k", []byte("a"), 201, []byte("old")); err != nil {
				t.Fatal(err)
			}
			w.exec(c.sql)
			_, kept, err := w.once(paper("x", w.someone()), owner, "k", c.request)
			if kept != c.free || errors.Is(err, dispatch.ErrKeyTaken) == c.free {
				t.Errorf("%t, %v", kept, err)
			}
		})
	}
}

// Of many at once with one key, one does it. The others hear of it or find its paper, and disturb nobody's else.
func TestOneKeyAtOnce(t *testing.T) {
	w := newWorldAtOnce(t)
	owner, to := newID(), w.someone()
	var done, taken, replayed atomic.Int64
	var wg sync.WaitGroup
	for i := range 48 {
		wg.Go(func() {
			p, key, request := paper("same", to), "same", "a"
			switch {
			case i%4 == 1: // another paper under the same key
				p, request = paper(fmt.Sprint("other ", i), to), fmt.Sprint(i)
			case i%4 > 1: // of no concern
				p, key, request = paper(fmt.Sprint("own ", i), to), fmt.Sprint("own ", i), fmt.Sprint(i)
			}
			r, kept, err := w.once(p, owner, key, request)
			switch {
			case errors.Is(err, dispatch.ErrKeyTaken) && key == "same":
				taken.Add(1)
			case err != nil || r.Err != nil:
				t.Error(r.Err, err)
			case key != "same" && !kept:
				t.Error("the answer is not kept")
			case key == "same" && kept:
				done.Add(1)
			case key == "same":
				replayed.Add(1)
			}
		})
	}
	wg.Wait()
	if done.Load() != 1 || taken.Load()+replayed.Load() != 23 {
		t.Errorf("done by %d, %d found the key taken, %d were told the notice", done.Load(), taken.Load(), replayed.Load())
	}
	w.wantCount(25, `SELECT count(*) FROM notices`)
	w.wantCount(25, `SELECT count(*) FROM inbox`)
	w.wantCount(25, `SELECT count(*) FROM idempotency_keys WHERE status = 201`)
	w.wantCursors()
}
