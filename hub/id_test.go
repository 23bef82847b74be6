package hub_test

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"pgregory.net/rapid"

	"eblagh/hub"
)

// RFC 9562 §5.7: version 7, variant 10, the milliseconds first, then their parts (§6.2, method 3).
func TestIDCarriesItsTime(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ms := time.UnixMilli(rapid.Int64Range(0, 1<<47).Draw(t, "ms")).UTC()
		at := ms.Add(time.Duration(rapid.IntRange(0, 999_999).Draw(t, "ns")))
		id := hub.NewID(at)
		if !id.Time().Equal(ms) || id[6]>>4 != 7 || id[8]>>6 != 2 || id.IsZero() {
			t.Fatalf("%s of %v says %v", id, at, id.Time())
		}
		later := hub.NewID(at.Add(time.Microsecond))
		if id.String() >= later.String() {
			t.Fatalf("%s does not sort before %s", id, later)
		}
	})
}

func TestIDsDiffer(t *testing.T) {
	seen, at := map[hub.ID]bool{}, time.Now()
	ids := hub.NewIDs(at, 5000)
	for range 5000 {
		ids = append(ids, hub.NewID(at))
	}
	for _, id := range ids {
		if seen[id] || !id.Time().Equal(at.Truncate(time.Millisecond)) || id[6]>>4 != 7 || id[8]>>6 != 2 {
			t.Fatalf("%s is there twice, or is none of %v", id, at)
		}
		seen[id] = true
	}
}

func TestIDInJSON(t *testing.T) {
	type thing struct{ A, B hub.ID }
	in := thing{A: hub.NewID(time.Now())}
	text, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	var out thing
	if err := json.Unmarshal(text, &out); err != nil || out != in {
		t.Errorf("%s becomes %+v, %v", text, out, err)
	}
	if err := json.Unmarshal([]byte(`{"A":"not-an-id"}`), &out); !errors.Is(err, hub.ErrBadID) {
		t.Errorf("got %v, want ErrBadID", err)
	}
}

func FuzzParseID(f *testing.F) {
	for _, seed := range []string{"01932d8f-6a6b-7c3d-8e4f-0123456789ab", "01932D8F-6A6B-7C3D-8E4F-0123456789AB", "", "-",
		"01932d8f-6a6b-7c3d-8e4f-0123456789aß", "01932d8f66a6b-7c3d-8e4f-0123456789ab"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		id, err := hub.ParseID(s)
		if err != nil {
			if !errors.Is(err, hub.ErrBadID) || !id.IsZero() {
				t.Errorf("%q: %v with %v", s, id, err)
			}
			return
		}
		again, err := hub.ParseID(id.String())
		if err != nil || again != id || len(s) != 36 {
			t.Errorf("%q: %v, then %v, %v", s, id, again, err)
		}
	})
}
