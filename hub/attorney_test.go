package hub_test

import (
	"testing"
	"time"

	"eblagh/hub"
)

// A power of attorney counts from its first moment until its last is over, or until it is ended (CPC 37, 39, 40).
func TestAttorneyInForce(t *testing.T) {
	at := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	day := 24 * time.Hour
	for _, c := range []struct {
		name string
		a    hub.Attorney
		want bool
	}{
		{"from this moment", hub.Attorney{From: at}, true},
		{"from later", hub.Attorney{From: at.Add(time.Microsecond)}, false},
		{"open", hub.Attorney{From: at.Add(-day)}, true},
		{"within the term", hub.Attorney{From: at.Add(-day), Until: at.Add(time.Microsecond)}, true},
		{"the term is over", hub.Attorney{From: at.Add(-day), Until: at}, false},
		{"ended this moment", hub.Attorney{From: at.Add(-day), EndedAt: at}, false},
		{"ended before the term", hub.Attorney{From: at.Add(-2 * day), Until: at.Add(day), EndedAt: at.Add(-day)}, false},
	} {
		if got := c.a.InForce(at); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

func TestAttorneyScopes(t *testing.T) {
	for scope, want := range map[hub.AttorneyScope][3]bool{
		"service": {true, false, true}, "read": {true, true, false}, "full": {true, true, true}, "": {}, "all": {},
	} {
		if got := [3]bool{scope.Valid(), scope.Reads(), scope.Serves()}; got != want {
			t.Errorf("%q: valid, reads, serves are %v", scope, got)
		}
	}
}
