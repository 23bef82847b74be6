package api

import (
	"context"
	"errors"
	"net/http"

	"eblagh/hub"
	"eblagh/hub/dispatch"
)

// ride is the key of a call that is taken under the commit which does what the call asks for, and what became of it.
type ride struct {
	answer *recorder // that was kept with it
	lost   bool      // another call has the key
}

// made is the answer that was kept with what the call did, nil for none.
func (r *ride) made() *recorder {
	if r == nil {
		return nil
	}
	return r.answer
}

// along serves a call whose key rides with what it does. Nothing holds the key while the call runs: of two at once with one
// key, the second finds it taken by the first. Where nothing was done, the answer is kept afterwards.
func (a *api) along(rt route, w http.ResponseWriter, r *http.Request, serve func(http.ResponseWriter, *http.Request)) {
	c, key := callFrom(r.Context()), r.Header.Get(headerKey)
	c.ride = &ride{}
	rec := &recorder{header: http.Header{}}
	serve(rec, r)
	if c.ride.answer != nil {
		c.ride.answer.copyTo(w)
		return
	}
	kept := false
	if rec.status < http.StatusInternalServerError && rec.status != http.StatusTooManyRequests && !c.ride.lost {
		sealed := a.deps.Vault.Seal(rec.encode(), answerContext(c.principal.ID))
		a.settle(rt, r, func(ctx context.Context) (err error) {
			kept, err = a.deps.Answers.KeepIdempotent(ctx, c.principal.ID, key, c.idempotent, rec.status, sealed)
			return err
		})
	}
	if kept {
		rec.copyTo(w)
		return
	}
	state, status, sealed, err := a.deps.Answers.FindIdempotent(r.Context(), c.principal.ID, key, c.idempotent)
	if (err != nil || state == hub.IdempotencyFresh) && !c.ride.lost {
		rec.copyTo(w)
		return
	}
	a.again(rt, w, r, state, status, sealed)
}

// submitOne submits a paper, and lets the key of the call ride with it if there is one.
func (a *api) submitOne(ctx context.Context, p dispatch.Paper) (dispatch.Result, error) {
	c := callFrom(ctx)
	if c.ride == nil {
		results, err := a.deps.Dispatcher.Submit(ctx, c.principal, []dispatch.Paper{p}, c.idempotent)
		if err != nil {
			return dispatch.Result{}, err
		}
		return results[0], nil
	}
	var made *recorder
	result, kept, err := a.deps.Dispatcher.SubmitOnce(ctx, c.principal, p, dispatch.Key{
		Owner: c.principal.ID, Key: c.request.Header.Get(headerKey), Request: c.idempotent,
		Answer: func(r dispatch.Result) (int, []byte) {
			made = a.record(a.viewSubmitted(r))
			return made.status, a.deps.Vault.Seal(made.encode(), answerContext(c.principal.ID))
		},
	})
	if c.ride.lost = errors.Is(err, dispatch.ErrKeyTaken); c.ride.lost {
		err = errInFlight // nobody sees it: along answers for the other call
	}
	if kept && err == nil {
		c.ride.answer = made
	}
	return result, err
}

// record writes an answer as huma would.
func (a *api) record(s *submitted) *recorder {
	rec := &recorder{header: http.Header{"Content-Type": {"application/json"}, "Location": {s.Location}}}
	rec.WriteHeader(s.Status)
	if err := a.huma.Marshal(rec, "application/json", s.Body.shown); err != nil {
		panic(err) // no view of ours has what JSON cannot say
	}
	return rec
}
