package postgres_test

import (
	"slices"
	"sync"
	"testing"
	"time"

	"eblagh/hub/enrol"
)

// buckets are what one try of somebody is counted in, keys against the order of counting: sums and what is narrow are
// everybody's.
func buckets(person byte) enrol.Try {
	of := func(keys ...byte) (list []enrol.Charge) {
		for _, k := range keys {
			list = append(list, enrol.Charge{Key: []byte{k}, Step: time.Hour, Room: 10_000 * time.Hour})
		}
		return list
	}
	return enrol.Try{Each: of(200+person, 100+person), Sums: of(150, 1), Narrow: of(220, 50)}
}

// Tries of the same people that are counted and taken back at once never wait for each other in a circle, and none is lost.
func TestTriesAreCountedAndTakenBackAtOnce(t *testing.T) {
	const persons, abreast, rounds = 2, 4, 60
	w := newWorld(t)
	for person := range byte(persons) {
		if wait, narrow, err := w.db.CountTry(t.Context(), buckets(person)); wait > 0 || narrow || err != nil {
			t.Fatal(wait, narrow, err)
		}
	}
	w.exec(`UPDATE tries SET at = at + interval '1000 h'`) // none empties while this runs, and so counts from another moment
	w.exec(`CREATE TABLE before AS TABLE tries`)
	var all sync.WaitGroup
	for person := range byte(persons) {
		try := buckets(person)
		for range abreast {
			all.Go(func() {
				for range 2 * rounds {
					if wait, narrow, err := w.db.CountTry(t.Context(), try); wait > 0 || narrow || err != nil {
						t.Error("count:", wait, narrow, err)
					}
				}
			})
			all.Go(func() {
				for range rounds {
					if err := w.db.Refund(t.Context(), slices.Concat(try.Each, try.Sums, try.Narrow), 1); err != nil {
						t.Error("take back:", err)
					}
				}
			})
		}
	}
	all.Wait()
	moved := func(key byte) int {
		return w.count(`SELECT extract(epoch FROM t.at - b.at)::int / 3600 FROM tries t JOIN before b USING (key) WHERE key = $1`, []byte{key})
	}
	for key, want := range map[byte]int{100: 1, 101: 1, 200: 1, 201: 1, 1: persons, 150: persons, 50: -persons, 220: -persons} {
		if want *= abreast * rounds; moved(key) != want {
			t.Errorf("bucket %d moved by %d tries, want %d", key, moved(key), want)
		}
	}
}

// Of a try that a sum has no room for, what has room is counted, and what is narrow; of one that is refused, nothing.
func TestAFullSumIsNarrow(t *testing.T) {
	w := newWorld(t)
	try := buckets(0)
	try.Sums[0].Room, try.Narrow[0].Room = time.Hour, 2*time.Hour
	for i, want := range []struct {
		wait, narrow bool
		levels       [3]int // of the person's, of the other sum, of what is narrow
	}{{false, false, [3]int{1, 1, 0}}, {false, true, [3]int{2, 2, 1}}, {false, true, [3]int{3, 3, 2}}, {true, true, [3]int{3, 3, 2}}} {
		wait, narrow, err := w.db.CountTry(t.Context(), try)
		if err != nil || wait > 0 != want.wait || narrow != want.narrow {
			t.Errorf("try %d: %v, %t, %v", i, wait, narrow, err)
		}
		for k, key := range []byte{200, 1, 220} {
			w.wantCount(want.levels[k], `SELECT greatest(0, round(extract(epoch FROM at - hub_now()) / 3600))::int FROM tries WHERE key = $1`, []byte{key})
		}
	}
}
