package signin

import (
	"context"
	"time"

	"github.com/alexedwards/scs/v2"

	"eblagh/hub"
	"eblagh/hub/access"
)

// Store keeps sessions. It MUST keep of a token its hash only. All methods are safe for concurrent use.
type Store interface {
	// CommitCtx keeps a session. In the same transaction it MUST look whether what Describe says that the session stands on
	// still holds, and end the one in whose place it comes. Errors: unauthorized, when it does not.
	scs.CtxStore
	// TouchCtx moves the end of a session that is still there, and MUST NOT bring back one that was ended meanwhile. It
	// may leave out moves of less than a minute, and one of a session that is being changed at that moment.
	TouchCtx(ctx context.Context, token string, expiry time.Time) error
	// SessionsOf lists what has not ended, newest first.
	SessionsOf(ctx context.Context, person hub.ID) ([]hub.Session, error)
	// RevokeSession ends one session of the person. Errors: not-found, also for another person's.
	RevokeSession(ctx context.Context, person, session hub.ID) error
	// RevokeOthers ends every session of the person but one, and says how many.
	RevokeOthers(ctx context.Context, person, kept hub.ID) (int, error)
}

// People gives the roles that a person holds now. Errors: unauthorized, when nobody enrolled has the id.
type People interface {
	PersonPrincipal(ctx context.Context, person hub.ID) (access.Principal, error)
}
