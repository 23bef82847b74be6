package api

import (
	"context"
	"crypto/sha256"
	"fmt"
	"net/http"
	"time"

	"eblagh/hub"
)

// Answers keeps the answers of idempotent calls for a day.
//
// BeginIdempotent MUST be atomic: of several calls with one (owner, key), one is told fresh and owns the key until it
// finishes or abandons it, or until its lock runs out. The others are told in-flight, mismatch when their request
// differs, or replay with the stored answer.
type Answers interface {
	BeginIdempotent(ctx context.Context, owner hub.ID, key string, request []byte) (state hub.IdempotencyState, status int, answer []byte, err error)
	FinishIdempotent(ctx context.Context, owner hub.ID, key string, status int, answer []byte) error
	// RenewIdempotent makes the lock of a call that is still running last longer.
	RenewIdempotent(ctx context.Context, owner hub.ID, key string) error
	AbandonIdempotent(ctx context.Context, owner hub.ID, key string) error
	// FindIdempotent tells what is kept under a key, and takes nothing: fresh when the key is free.
	FindIdempotent(ctx context.Context, owner hub.ID, key string, request []byte) (state hub.IdempotencyState, status int, answer []byte, err error)
	// KeepIdempotent takes a free key and keeps an answer under it. kept: the key was free.
	KeepIdempotent(ctx context.Context, owner hub.ID, key string, request []byte, status int, answer []byte) (kept bool, err error)
}

// Vault seals stored answers, which carry personal data.
type Vault interface {
	Seal(plain []byte, context string) []byte
	Open(ct []byte, context string) ([]byte, error)
}

const headerKey = "Idempotency-Key"

// idempotencyKey gives the key of a creating call, "" for none. Errors: validation, when it is not 1–255 visible ASCII
// characters, or given twice.
func idempotencyKey(rt route, r *http.Request) (string, error) {
	values := r.Header.Values(headerKey)
	if !rt.creates || len(values) == 0 {
		return "", nil
	}
	key := values[0]
	if len(values) > 1 || len(key) < 1 || len(key) > 255 || !visible(key) {
		return "", refuseField(hub.CodeValidation, "/header/idempotency_key", "format",
			"the key must be one header of 1 to 255 visible ASCII characters")
	}
	return key, nil
}

func visible(s string) bool {
	for i := range len(s) {
		if s[i] < 0x21 || s[i] > 0x7e {
			return false
		}
	}
	return true
}

// callName names an idempotent call over its retries.
func callName(owner hub.ID, key string, request []byte) []byte {
	h := sha256.New()
	h.Write(owner[:])
	h.Write(request)
	h.Write([]byte(key))
	return h.Sum(nil)
}

// once serves a call whose key was given: from the stored answer, or by running it.
func (a *api) once(rt route, w http.ResponseWriter, r *http.Request, serve func(http.ResponseWriter, *http.Request)) {
	c := callFrom(r.Context())
	state, status, sealed, err := a.deps.Answers.BeginIdempotent(r.Context(), c.principal.ID, r.Header.Get(headerKey), c.idempotent)
	switch {
	case err != nil:
		a.refusal(r.Context(), rt, err).write(w)
	case state == hub.IdempotencyFresh:
		a.first(rt, w, r, serve)
	default:
		a.again(rt, w, r, state, status, sealed)
	}
}

// again answers a call whose key another one has.
func (a *api) again(rt route, w http.ResponseWriter, r *http.Request, state hub.IdempotencyState, status int, sealed []byte) {
	switch state {
	case hub.IdempotencyReplay:
		a.replay(rt, w, r, status, sealed)
	case hub.IdempotencyMismatch:
		a.refusal(r.Context(), rt, errMismatch).write(w)
	default:
		a.refusal(r.Context(), rt, errInFlight).write(w)
	}
}

var (
	errMismatch = hub.Refuse(hub.CodeIdempotencyMismatch, "this key was used for another request")
	errInFlight = hub.Refuse(hub.CodeIdempotencyInFlight, "the first request with this key has not been answered yet")
)

// first runs the call that owns its key and keeps what it answers. Faults of ours are not kept, so that a retry may do
// better. Whatever happens to the caller meanwhile, the key is finished or given back.
func (a *api) first(rt route, w http.ResponseWriter, r *http.Request, serve func(http.ResponseWriter, *http.Request)) {
	owner, key := callFrom(r.Context()).principal.ID, r.Header.Get(headerKey)
	rec, kept := &recorder{header: http.Header{}}, false
	defer a.hold(r, owner, key)()
	defer func() {
		if !kept {
			a.settle(rt, r, func(ctx context.Context) error { return a.deps.Answers.AbandonIdempotent(ctx, owner, key) })
		}
	}()
	serve(rec, r)
	if rec.status < http.StatusInternalServerError && rec.status != http.StatusTooManyRequests {
		// Kept before it is sent: a caller that never sees the answer finds it again. If keeping fails, the call has
		// happened all the same, and its lock runs out; the reference of a notice finds it then.
		kept = true
		answer := a.deps.Vault.Seal(rec.encode(), answerContext(owner))
		a.settle(rt, r, func(ctx context.Context) error {
			return a.deps.Answers.FinishIdempotent(ctx, owner, key, rec.status, answer)
		})
	}
	rec.copyTo(w)
}

// renewEvery is how often a call that runs on renews its lock, which is short, so that the key of a process that died is
// free again soon.
const renewEvery = 3 * time.Second

// hold keeps the lock of a key until release is called.
func (a *api) hold(r *http.Request, owner hub.ID, key string) (release func()) {
	ctx, release := context.WithCancel(context.WithoutCancel(r.Context()))
	go func() {
		tick := time.NewTicker(renewEvery)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
			// If it fails, another call may begin the same: references and keys of their own keep it from doing it twice.
			_ = a.deps.Answers.RenewIdempotent(ctx, owner, key)
		}
	}()
	return release
}

// settle writes to the store of answers even when the caller has gone.
func (a *api) settle(rt route, r *http.Request, write func(context.Context) error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), storeTimeout)
	defer cancel()
	if err := write(ctx); err != nil {
		a.deps.Logger.Error("idempotent answer not kept", "route", rt.id, "error", redact(err.Error()))
	}
}

// storeTimeout is how long keeping an answer may take after its call has ended.
const storeTimeout = 10 * time.Second

func answerContext(owner hub.ID) string { return "idempotency.answer:" + owner.String() }

func (a *api) replay(rt route, w http.ResponseWriter, r *http.Request, status int, sealed []byte) {
	rec := &recorder{header: http.Header{}, status: status}
	plain, err := a.deps.Vault.Open(sealed, answerContext(callFrom(r.Context()).principal.ID))
	if err == nil {
		err = rec.decode(plain)
	}
	if err != nil {
		a.refusal(r.Context(), rt, fmt.Errorf("stored answer: %w", err)).write(w)
		return
	}
	rec.header.Set("Idempotency-Replayed", "true")
	rec.copyTo(w)
}
