package postgres

import (
	"context"
	"crypto/sha256"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"eblagh/hub"
)

// Sessions keeps sign-ins for a session library (it has the methods of scs.CtxStore). Of the token in the cookie only
// the SHA-256 is kept, so that a stolen table signs nobody in.
type Sessions struct {
	db       *DB
	describe func(data []byte) (hub.Session, error)
}

var errNobodysSession = errors.New("a session is kept for a person only")

// Sessions makes the store. describe reads from a session's data its id and whose it is: they stand in columns of their
// own, so that a person can list and revoke their sessions.
func (db *DB) Sessions(describe func(data []byte) (hub.Session, error)) *Sessions {
	return &Sessions{db: db, describe: describe}
}

const findSessions = `SELECT token_hash, data FROM sessions WHERE token_hash = ANY ($1::bytea[]) AND expires_at > hub_now()`

// FindCtx gives a session's data; found is false for one that expired or never was.
func (s *Sessions) FindCtx(ctx context.Context, token string) (data []byte, found bool, err error) {
	data, err = s.db.sessions.do(ctx, sha256.Sum256([]byte(token)))
	return data, data != nil, translate(err)
}

func (db *DB) findSessions(ctx context.Context, hashes [][sha256.Size]byte) ([][]byte, error) {
	rows, _ := db.brief.Query(ctx, findSessions, column(hashes, func(h [sha256.Size]byte) []byte { return h[:] }))
	found := make(map[[sha256.Size]byte][]byte, len(hashes))
	var hash, data []byte
	_, err := pgx.ForEachRow(rows, []any{&hash, &data}, func() error {
		found[[sha256.Size]byte(hash)] = data
		return nil
	})
	return column(hashes, func(h [sha256.Size]byte) []byte { return found[h] }), err
}

const (
	shareMet = `SELECT purpose, used_at FROM challenges WHERE id = $1 AND person = $2 AND used_at IS NOT NULL AND expires_at > hub_now()
		FOR SHARE`

	shareFactor = `SELECT person FROM second_factors WHERE person = $1 AND confirmed_at <= $2 FOR SHARE`

	endFormer = `DELETE FROM sessions WHERE id = $1 AND person = $2`
)

var errShutOut = hub.Refuse(hub.CodeUnauthorized, "sign in again")

// stillMet holds what a met challenge of a person stands for until the transaction ends: whoever ends it waits, and then
// finds what followed from it. Zero is no challenge. Errors: unauthorized, when it ended since, or its second factor.
func stillMet(ctx context.Context, tx pgx.Tx, challenge, person hub.ID) error {
	if challenge.IsZero() {
		return nil
	}
	var purpose hub.Purpose
	var met time.Time
	err := tx.QueryRow(ctx, shareMet, challenge, person).Scan(&purpose, &met)
	if err == nil && purpose == hub.PurposeSecondFactor {
		err = tx.QueryRow(ctx, shareFactor, person, met).Scan(&person)
	}
	if errors.Is(err, pgx.ErrNoRows) {
		return errShutOut
	}
	return err
}

// A token belongs to one person for its life.
const commitSession = `INSERT INTO sessions (token_hash, id, person, data, expires_at, device) VALUES ($1, $2, $3, $4, $5, $6)
	ON CONFLICT (token_hash) DO UPDATE SET data = excluded.data, expires_at = excluded.expires_at
	WHERE sessions.person = excluded.person`

// CommitCtx keeps a session's data until expiry, and ends the session in whose place it comes. Errors: the data names no
// person, or another than before; unauthorized, when what it stands on does not hold any more.
func (s *Sessions) CommitCtx(ctx context.Context, token string, data []byte, expiry time.Time) error {
	session, err := s.describe(data)
	if err != nil {
		return err
	}
	if session.Person.IsZero() || session.ID.IsZero() {
		return errNobodysSession
	}
	hash := sha256.Sum256([]byte(token))
	return s.db.write(ctx, func(tx pgx.Tx) error {
		if err := stillMet(ctx, tx, session.Proof, session.Person); err != nil {
			return err
		}
		if !session.Former.IsZero() {
			done, err := tx.Exec(ctx, endFormer, session.Former, session.Person)
			if err != nil || done.RowsAffected() == 0 {
				return orElse(err, errShutOut)
			}
		}
		done, err := tx.Exec(ctx, commitSession, hash[:], session.ID, session.Person, data, expiry, session.Device)
		if err == nil && done.RowsAffected() == 0 {
			return errors.New("a session cannot change hands")
		}
		return err
	})
}

// touch is to move the end of a session.
type touch struct {
	hash   [sha256.Size]byte
	expiry time.Time
}

// It waits for no row: many at once could else wait in a circle with somebody who ends several sessions.
const touchSessions = `
WITH due AS (
	SELECT s.token_hash, u.expiry FROM unnest($1::bytea[], $2::timestamptz[]) AS u (token_hash, expiry)
	CROSS JOIN LATERAL (SELECT s.token_hash FROM sessions s WHERE s.token_hash = u.token_hash AND s.expires_at > hub_now()
		AND abs(extract(epoch FROM u.expiry - s.expires_at)) >= 60 FOR UPDATE SKIP LOCKED) s
)
UPDATE sessions s SET expires_at = due.expiry, seen_at = hub_now() FROM due
WHERE s.token_hash = ANY ($1::bytea[]) AND s.token_hash = due.token_hash`

// TouchCtx moves the end of a session that has not ended; moves of less than a minute are left out, and one whose
// session somebody else is changing at that moment.
func (s *Sessions) TouchCtx(ctx context.Context, token string, expiry time.Time) error {
	_, err := s.db.touches.do(ctx, touch{sha256.Sum256([]byte(token)), expiry})
	return translate(err)
}

func (db *DB) touchSessions(ctx context.Context, touches []touch) ([]struct{}, error) {
	_, err := db.brief.Exec(ctx, touchSessions, column(touches, func(t touch) []byte { return t.hash[:] }),
		column(touches, func(t touch) time.Time { return t.expiry }))
	return make([]struct{}, len(touches)), err
}

const deleteSession = `DELETE FROM sessions WHERE token_hash = $1`

// DeleteCtx ends a session, if it is there.
func (s *Sessions) DeleteCtx(ctx context.Context, token string) error {
	hash := sha256.Sum256([]byte(token))
	_, err := s.db.exec(ctx, deleteSession, hash[:])
	return translate(err)
}

// Find is FindCtx without a context, which the library's interface asks for and its middleware never calls.
func (s *Sessions) Find(token string) ([]byte, bool, error) {
	return s.FindCtx(context.Background(), token)
}

// Commit is CommitCtx without a context.
func (s *Sessions) Commit(token string, data []byte, expiry time.Time) error {
	return s.CommitCtx(context.Background(), token, data, expiry)
}

// Delete is DeleteCtx without a context.
func (s *Sessions) Delete(token string) error { return s.DeleteCtx(context.Background(), token) }

const selectSessions = `SELECT id, person, created_at, expires_at, seen_at, device FROM sessions
	WHERE person = $1 AND expires_at > hub_now() ORDER BY created_at DESC, id LIMIT 200`

// SessionsOf lists a person's sessions, the newest first, at most 200.
func (s *Sessions) SessionsOf(ctx context.Context, person hub.ID) ([]hub.Session, error) {
	rows, err := s.db.worker.Query(ctx, selectSessions, person)
	if err != nil {
		return nil, translate(err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[hub.Session])
	return list, translate(err)
}

const revokeSession = `DELETE FROM sessions WHERE id = $1 AND person = $2`

// RevokeSession ends one of a person's sessions. Errors: not-found.
func (s *Sessions) RevokeSession(ctx context.Context, person, id hub.ID) error {
	done, err := s.db.exec(ctx, revokeSession, id, person)
	if err == nil && done.RowsAffected() == 0 {
		return hub.ErrNotFound
	}
	return translate(err)
}

const revokeOthers = `DELETE FROM sessions WHERE person = $1 AND id <> $2`

// RevokeOthers ends every session of a person but one.
func (s *Sessions) RevokeOthers(ctx context.Context, person, kept hub.ID) (int, error) {
	done, err := s.db.exec(ctx, revokeOthers, person, kept)
	return int(done.RowsAffected()), translate(err)
}
