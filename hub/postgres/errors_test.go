package postgres

import (
	"errors"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"eblagh/hub"
)

// Whoever may come again is told so; the SQLSTATEs are those of Postgres, appendix A.
func TestWhatAnErrorOfTheServerMeans(t *testing.T) {
	for name, c := range map[string]struct {
		err  error
		want hub.Code
	}{
		"a full disk":          {&pgconn.PgError{Code: "53100"}, hub.CodeOverloaded},
		"no memory":            {&pgconn.PgError{Code: "53200"}, hub.CodeOverloaded},
		"too many connections": {&pgconn.PgError{Code: "53300"}, hub.CodeOverloaded},
		"a disk that fails":    {&pgconn.PgError{Code: "58030"}, hub.CodeOverloaded},
		"shutting down":        {&pgconn.PgError{Code: "57P01"}, hub.CodeOverloaded},
		"a lost connection":    {&pgconn.PgError{Code: "08006"}, hub.CodeOverloaded},
		"a deadlock":           {&pgconn.PgError{Code: "40P01"}, hub.CodeOverloaded},
		"no such column":       {&pgconn.PgError{Code: "42703"}, hub.CodeInternal},
		"nothing found":        {pgx.ErrNoRows, hub.CodeNotFound},
	} {
		if got := hub.CodeOf(translate(c.err)); got != c.want || !errors.Is(translate(c.err), c.err) && c.want == hub.CodeOverloaded {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}
