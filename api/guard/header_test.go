package guard_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"eblagh/api/guard"
)

func TestEveryAnswerIsClosedUnlessItsHandlerOpensIt(t *testing.T) {
	for _, secure := range []bool{true, false} {
		w := httptest.NewRecorder()
		guard.Headers(http.NotFoundHandler(), secure).ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
		for name, want := range map[string]string{
			"Content-Security-Policy": guard.Closed, "X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY",
			"Referrer-Policy": "no-referrer", "Cross-Origin-Opener-Policy": "same-origin",
			"Cross-Origin-Resource-Policy": "same-origin", "Cache-Control": "no-store",
		} {
			if got := w.Header().Get(name); got != want {
				t.Errorf("%s is %q, want %q", name, got, want)
			}
		}
		if !strings.Contains(w.Header().Get("Permissions-Policy"), "camera=()") {
			t.Error("no Permissions-Policy")
		}
		if got := w.Header().Get("Strict-Transport-Security"); secure != strings.HasPrefix(got, "max-age=63072000") {
			t.Errorf("secure %v: Strict-Transport-Security %q", secure, got)
		}
	}
}
