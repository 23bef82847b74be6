package api

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"eblagh/hub"
	"eblagh/hub/enrol"
)

// Every route that can answer 429 tells in each answer in what it is counted, refusals before anybody is known included;
// no other route does.
func TestEveryLimitedRouteTellsItsQuotas(t *testing.T) {
	b := newBench(t)
	limited := 0
	for _, rt := range b.api.routes {
		var want []string
		if rt.signIn {
			want = append(want, `"address";q=300;w=60`)
		}
		if rt.weight > 0 {
			want = append(want, `"caller";q=256;qu="concurrent-requests"`)
		}
		for _, q := range rt.quotas {
			want = append(want, fmt.Sprintf(`"%s";q=%d;w=%d`, q.Name, q.Most, int(q.Within.Seconds())))
		}
		if refuses := slices.Contains(rt.refusals(), hub.CodeRateLimited); refuses != (len(want) > 0) {
			t.Errorf("%s: it refuses by rate: %v; quotas: %v", rt.id, refuses, want)
		}
		if len(want) > 0 {
			limited++
		}
		for _, key := range []string{"", "Bearer ebk_test_admin"} {
			got := b.call(rt.method, strings.NewReplacer("{", "", "}", "").Replace(rt.path), "{}", "Authorization", key).Header()
			told := got.Values("RateLimit-Policy")
			slices.Sort(told)
			slices.Sort(want)
			if !slices.Equal(told, want) {
				t.Errorf("%s %s: RateLimit-Policy %v, want %v", rt.method, rt.path, told, want)
			}
			if rt.signIn && !strings.HasPrefix(got.Get("RateLimit"), `"address";r=`) {
				t.Errorf("%s: RateLimit %q", rt.id, got.Get("RateLimit"))
			}
		}
	}
	if limited < 14 {
		t.Errorf("%d routes are limited", limited)
	}
}

// What is used up stands beside what is left of others, with the time after which there is more.
func TestWhatIsUsedUpIsTold(t *testing.T) {
	b := newBench(t)
	for _, c := range []struct {
		quota hub.Quota
		after time.Duration
		want  string
	}{
		{enrol.TryQuota(), 90 * time.Second, `"tries";r=0;t=90`}, {enrol.ProofQuota(), time.Minute, `"proofs";r=0;t=60`},
		{enrol.CodeQuota(), 10 * time.Minute, `"codes";r=0;t=600`}, {enrol.ExportQuota(), 1500 * time.Millisecond, `"exports";r=0;t=2`},
	} {
		b.refuse = &hub.Error{Code: hub.CodeRateLimited, After: c.after, Quota: c.quota.Name}
		h := b.call("POST", "/v1/recipients", `{"kind":"natural"}`, "Authorization", "Bearer ebk_test_admin").Header()
		if got := h.Values("RateLimit"); !slices.Contains(got, c.want) || h.Get("Retry-After") == "" {
			t.Errorf("%v, want %s", h, c.want)
		}
	}
	b.refuse = nil
	h := b.call("POST", "/v1/notices", "{}").Header()
	if got := h.Get("RateLimit"); got != `"caller";r=255` {
		t.Errorf("one call is under way: %q", got)
	}
	for range 256 {
		b.api.gate.join(clerk.ID)
	}
	w := b.call("POST", "/v1/notices", "{}")
	if got := w.Header().Get("RateLimit"); w.Code != http.StatusTooManyRequests || got != `"caller";r=0;t=2` {
		t.Errorf("%d %q", w.Code, got)
	}
}
