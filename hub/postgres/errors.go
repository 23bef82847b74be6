package postgres

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"eblagh/hub"
)

// byConstraint gives the refusal that a violated constraint means.
var byConstraint = map[string]*hub.Error{
	"persons_national_id_key":   {Code: hub.CodeAlreadyEnrolled, Detail: "this person is enrolled already"},
	"persons_national_id_b_key": {Code: hub.CodeAlreadyEnrolled, Detail: "this person is enrolled already"},
	"organisations_code_key": {Code: hub.CodeValidation, Detail: "some fields are not right", Fields: []hub.Field{
		{Pointer: "/code", Code: "taken", Detail: "another one has this code"}}},
	"holds_submitter_fkey": {Code: hub.CodeValidation, Detail: "some fields are not right", Fields: []hub.Field{
		{Pointer: "/submitter", Code: "unknown", Detail: "there is no such organisation"}}},
	"corrections_pkey": {Code: hub.CodeWrongState,
		Detail: "this notice was corrected already: correct its latest correction"},
	"document_bytes_erased": {Code: hub.CodeUnsupportedDocument,
		Detail: "the bytes of this document were erased by law: they are not taken in again"},
	"vault_keys_held": {Code: hub.CodeOverloaded,
		Detail: "this process does not hold the newest keys yet; try again"},
	"legal_holds_held":     {Code: hub.CodeWrongState, Detail: "a legal hold is on a paper that carries this document"},
	"erasures_pkey":        {Code: hub.CodeWrongState, Detail: "this document was erased before"},
	"attorneys_open":       {Code: hub.CodeWrongState, Detail: "this lawyer is counsel of this client in the case already"},
	"representatives_open": {Code: hub.CodeWrongState, Detail: "this person is a representative already"},
	"drafts_four_eyes":     {Code: hub.CodeForbidden, Detail: "another person decides on what you made"},
	"identities_subject": {Code: hub.CodeValidation, Detail: "some fields are not right", Fields: []hub.Field{
		{Pointer: "/subject", Code: "taken", Detail: "another person is bound to this subject"}}},
	"grants_open": {Code: hub.CodeWrongState, Detail: "this person holds that role already"},
}

// translate turns database errors into the hub's: nothing found, a constraint with a meaning, a database that is away.
// Anything else stays as it is and becomes an internal fault at the edge.
func translate(err error) error {
	var refused *hub.Error
	var pg *pgconn.PgError
	switch {
	case err == nil, errors.As(err, &refused), errors.Is(err, context.Canceled):
		return err
	case errors.Is(err, pgx.ErrNoRows):
		return hub.ErrNotFound
	case errors.As(err, &pg):
		if meaning, ok := byConstraint[pg.ConstraintName]; ok {
			refusal := *meaning
			refusal.Cause = err
			return &refusal
		}
		if away(pg.Code) {
			return unavailable(err)
		}
		if pg.Code == "42501" && pg.Routine == "ExecWithCheckOptions" { // row-level security does not let the row be
			return &hub.Error{Code: hub.CodeForbidden, Detail: "your roles do not allow this", Cause: err}
		}
		return err
	case isConnection(err):
		return unavailable(err)
	}
	return err
}

func unavailable(err error) error {
	return &hub.Error{Code: hub.CodeOverloaded, Detail: "the store does not answer at the moment; try again", Cause: err}
}

// away tells the SQLSTATEs of a server that is stopping, starting, out of room (class 53: of disk, of memory, of connections),
// or undecided between transactions.
func away(code string) bool {
	switch code {
	case "57P01", "57P02", "57P03", "40001", "40P01", "55P03", "58030":
		return true
	}
	return strings.HasPrefix(code, "08") || strings.HasPrefix(code, "53")
}

func isConnection(err error) bool {
	var connect *pgconn.ConnectError
	var network net.Error
	return errors.As(err, &connect) || errors.As(err, &network) || errors.Is(err, io.EOF) ||
		errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, context.DeadlineExceeded) ||
		strings.Contains(err.Error(), "conn closed")
}
