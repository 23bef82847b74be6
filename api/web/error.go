package web

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strconv"
	"time"

	"eblagh/api/guard"
	"eblagh/hub"
)

// failure is what the error page is drawn from.
type failure struct {
	Code   hub.Code
	Status int
}

// statuses are the codes that have a page of their own. All others show as internal, or as not right.
func statuses() map[hub.Code]int {
	return map[hub.Code]int{
		hub.CodeNotFound:     http.StatusNotFound,
		hub.CodeForbidden:    http.StatusForbidden,
		hub.CodeUnauthorized: http.StatusUnauthorized,
		hub.CodeTooLarge:     http.StatusRequestEntityTooLarge,
		hub.CodeRateLimited:  http.StatusTooManyRequests,
		hub.CodeOverloaded:   http.StatusServiceUnavailable,
		hub.CodeWrongState:   http.StatusConflict,
		hub.CodeValidation:   http.StatusUnprocessableEntity,
		hub.CodeInternal:     http.StatusInternalServerError,
	}
}

// failureOf turns any error into what a visitor may know of it.
func failureOf(err error) failure {
	code := hub.CodeOf(err)
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		code = hub.CodeTooLarge
	}
	if errors.Is(err, context.DeadlineExceeded) {
		code = hub.CodeOverloaded
	}
	if slow := (net.Error)(nil); errors.As(err, &slow) && slow.Timeout() && code == hub.CodeValidation {
		return failure{code, http.StatusRequestTimeout} // the form came too slowly
	}
	status, ok := statuses()[code]
	if !ok {
		return failure{hub.CodeInternal, http.StatusInternalServerError}
	}
	return failure{code, status}
}

// fail answers with an error page, and logs those that nobody but us can mend. The error names no values: the domain
// never puts any into one.
func (v *visit) fail(err error) {
	f := failureOf(err)
	if f.Status >= http.StatusInternalServerError && !errors.Is(err, context.Canceled) {
		v.site.deps.Logger.Error("page failed", "route", v.r.Pattern, "status", f.Status, "error", err)
	}
	if refused := (*hub.Error)(nil); errors.As(err, &refused) && refused.After > 0 {
		v.w.Header().Set("Retry-After", strconv.Itoa(int(refused.After/time.Second)+1))
		if refused.Quota != "" {
			v.w.Header().Add("RateLimit", guard.Left(refused.Quota, 0, refused.After))
		}
	}
	if v.r.Header.Get("HX-Request") == "true" && v.r.Header.Get("HX-Target") != "page" {
		v.w.Header().Set("HX-Reswap", "none") // a refreshing element keeps what it shows and tries again
	}
	if err := v.render(f.Status, "error", f); err != nil {
		v.site.deps.Logger.Error("error page failed", "error", err)
		http.Error(v.w, http.StatusText(f.Status), f.Status)
	}
}

// recover turns a panic into an error page, if nothing was written yet. Aborting is left to the server.
func (v *visit) recover() {
	panicked := recover()
	if panicked == nil {
		return
	}
	if panicked == http.ErrAbortHandler {
		panic(panicked)
	}
	v.fail(hub.Fault(panicked))
}

// refuse answers every request with the page of one code.
func (s *site) refuse(code hub.Code) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		v, err := s.visit(w, r)
		if err == nil {
			err = hub.Refuse(code, "")
		}
		v.fail(err)
	}
}

// asRefusal reports whether an error is one that a form can show beside its fields: the visitor can do something about
// it. Faults of ours, and what the visitor may not do at all, have pages of their own.
func asRefusal(err error, e **hub.Error) bool {
	if !errors.As(err, e) {
		return false
	}
	switch (*e).Code {
	case hub.CodeValidation, hub.CodeNotEnrolled, hub.CodeAlreadyEnrolled, hub.CodeUnsupportedDocument,
		hub.CodeTooLarge, hub.CodeRateLimited, hub.CodeDuplicateReference:
		return true
	}
	return false
}
