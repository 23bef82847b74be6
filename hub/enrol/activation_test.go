package enrol_test

import (
	"sync"
	"testing"
	"time"

	"eblagh/hub"
)

func TestActivationMakesEnrolledOnce(t *testing.T) {
	w := newWorld(t)
	r, err := w.Enrol(t.Context(), in(hub.RoleAdmin, hub.ID{}), sara())
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.PersonPrincipal(t.Context(), r.ID)
	wantCode(t, "principal before activation", err, hub.CodeUnauthorized)
	_, code := w.newestCode(r.ID, hub.PurposeActivation)
	errs := make([]error, 6)
	var wg sync.WaitGroup
	for i := range errs {
		wg.Go(func() { errs[i] = w.Activate(t.Context(), "0076229645", code, saraCode, here) })
	}
	wg.Wait()
	done := 0
	for _, err := range errs {
		if err == nil {
			done++
		} else {
			wantCode(t, "raced activation", err, hub.CodeUnauthorized)
		}
	}
	if done != 1 {
		t.Errorf("activated %d times, want 1", done)
	}
	if n := w.count(`SELECT count(*) FROM persons p JOIN inbox_cursors c ON c.recipient = p.id
		WHERE p.activated_at IS NOT NULL AND p.personal_code LIKE '$argon2id$%'`); n != 1 {
		t.Errorf("%d activated persons with an inbox, want 1", n)
	}
	wantCode(t, "sending to the activated", w.SendActivation(t.Context(), in(hub.RoleAdmin, hub.ID{}), r.ID), hub.CodeWrongState)
}

func TestActivationCodeFails(t *testing.T) {
	w := newWorld(t)
	r, err := w.Enrol(t.Context(), in(hub.RoleAdmin, hub.ID{}), sara())
	if err != nil {
		t.Fatal(err)
	}
	_, first := w.newestCode(r.ID, hub.PurposeActivation)
	if err := w.SendActivation(t.Context(), in(hub.RoleAdmin, hub.ID{}), r.ID); err != nil {
		t.Fatal(err)
	}
	_, second := w.newestCode(r.ID, hub.PurposeActivation)
	for name, c := range map[string]struct {
		nationalID, code, personal string
		want                       hub.Code
	}{
		"former code":      {"0076229645", first, saraCode, hub.CodeUnauthorized},
		"empty code":       {"0076229645", "", saraCode, hub.CodeUnauthorized},
		"unknown person":   {"1583250689", second, saraCode, hub.CodeUnauthorized},
		"bad national id":  {"1", second, saraCode, hub.CodeValidation},
		"weak code":        {"0076229645", second, "1234567890", hub.CodeValidation},
		"the mobile":       {"0076229645", second, "9120000001", hub.CodeValidation},
		"the national id":  {"0076229645", second, "0076229645", hub.CodeValidation},
		"mobile, no right": {"0076229645", "00000000", "9120000001", hub.CodeUnauthorized},
	} {
		wantCode(t, name, w.Activate(t.Context(), c.nationalID, c.code, c.personal, here), c.want)
	}
	if n := w.count(`SELECT count(*) FROM incidents WHERE kind = 'failed_sign_in' AND reason = 'activation_code' AND person = $1`, r.ID.String()); n != 3 {
		t.Errorf("%d incidents, want 3", n)
	}
	if err := w.Activate(t.Context(), "0076229645", " "+second[:4]+" "+second[4:], saraCode, here); err != nil {
		t.Errorf("the right code, with a space, after three failures: %v", err)
	}
}

func TestActivationCodeEndsAfterFiveTriesAndThreeDays(t *testing.T) {
	w := newWorld(t)
	r, err := w.Enrol(t.Context(), in(hub.RoleAdmin, hub.ID{}), sara())
	if err != nil {
		t.Fatal(err)
	}
	_, code := w.newestCode(r.ID, hub.PurposeActivation)
	for range 5 {
		wantCode(t, "wrong code", w.Activate(t.Context(), "0076229645", "1"+code[:7], saraCode, here), hub.CodeUnauthorized)
	}
	wantCode(t, "right code after five tries", w.Activate(t.Context(), "0076229645", code, saraCode, here), hub.CodeUnauthorized)
	if err := w.SendActivation(t.Context(), in(hub.RoleAdmin, hub.ID{}), r.ID); err != nil {
		t.Fatal(err)
	}
	_, code = w.newestCode(r.ID, hub.PurposeActivation)
	w.later(72*time.Hour + time.Minute)
	wantCode(t, "after three days", w.Activate(t.Context(), "0076229645", code, saraCode, from(1)), hub.CodeUnauthorized)
	w.later(71 * time.Hour)
	if err := w.Activate(t.Context(), "0076229645", code, saraCode, from(2)); err != nil {
		t.Errorf("within three days: %v", err)
	}
}

func TestActivationCodesAreLimited(t *testing.T) {
	w := newWorld(t)
	r, err := w.Enrol(t.Context(), in(hub.RoleAdmin, hub.ID{}), sara())
	if err != nil {
		t.Fatal(err)
	}
	for i := range 6 { // besides the one of being enrolled
		if err := w.SendActivation(t.Context(), in(hub.RoleAdmin, hub.ID{}), r.ID); err != nil {
			t.Fatalf("code %d: %v", i+2, err)
		}
	}
	_, code := w.newestCode(r.ID, hub.PurposeActivation)
	wantCode(t, "eighth code", w.SendActivation(t.Context(), in(hub.RoleAdmin, hub.ID{}), r.ID), hub.CodeRateLimited)
	if n := w.count(`SELECT count(*) FROM deliveries`); n != 7 {
		t.Errorf("%d codes are on their way, want 7", n)
	}
	if err := w.Activate(t.Context(), "0076229645", code, saraCode, here); err != nil {
		t.Errorf("the last code that was sent: %v", err)
	}
}
