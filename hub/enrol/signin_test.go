package enrol_test

import (
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"eblagh/hub"
	"eblagh/hub/enrol"
)

func TestSignInTakesPersonalCodeAndOneTimeCode(t *testing.T) {
	w := newWorld(t)
	r := w.enrolled(sara(), saraCode)
	challenge, err := w.BeginSignIn(t.Context(), "۰۰۷۶۲۲۹۶۴۵", "۴۸۱۵۱۶۲۳۴۲", here)
	if err != nil {
		t.Fatal(err)
	}
	if n := w.count(`SELECT count(*) FROM deliveries WHERE challenge = $1 AND priority = 'code'`, challenge.String()); n != 1 {
		t.Errorf("%d codes are on their way, want 1", n)
	}
	done, err := w.FinishSignIn(t.Context(), challenge, w.vault.Code(challenge, 6), here)
	if err != nil || done != (enrol.SignedIn{Person: r.ID, Proof: challenge}) {
		t.Fatalf("FinishSignIn = %+v, %v", done, err)
	}
	_, err = w.FinishSignIn(t.Context(), challenge, w.vault.Code(challenge, 6), here)
	wantCode(t, "a code used before", err, hub.CodeUnauthorized)
}

// Who is enrolled cannot be probed: every first step answers alike and leaves as many rows.
func TestBeginSignInIsAlikeForEverybody(t *testing.T) {
	w := newWorld(t)
	w.enrolled(sara(), saraCode)
	pending := enrol.NewRecipient{Kind: hub.PersonNatural, NationalID: "1583250689", GivenName: "رضا", FamilyName: "نمونه", Mobile: "09120000003"}
	if _, err := w.Enrol(t.Context(), in(hub.RoleAdmin, hub.ID{}), pending); err != nil {
		t.Fatal(err)
	}
	sent := w.count(`SELECT count(*) FROM deliveries`)
	for name, c := range map[string][2]string{
		"wrong personal code": {"0076229645", "1029384756"},
		"not activated":       {"1583250689", saraCode},
		"unknown person":      {"0013542419", saraCode},
		"not a national id":   {"x", "y"},
		"empty":               {"", ""},
		"huge":                {strings.Repeat("1", 1e5), strings.Repeat("2", 1e5)},
	} {
		rows := w.count(`SELECT (SELECT count(*) FROM challenges) + (SELECT count(*) FROM incidents)`)
		challenge, err := w.BeginSignIn(t.Context(), c[0], c[1], here)
		if err != nil || challenge.IsZero() {
			t.Errorf("%s: %v, %v", name, challenge, err)
		}
		if n := w.count(`SELECT (SELECT count(*) FROM challenges) + (SELECT count(*) FROM incidents)`); n != rows+2 {
			t.Errorf("%s: %d rows more, want 2", name, n-rows)
		}
		_, err = w.FinishSignIn(t.Context(), challenge, w.vault.Code(challenge, 6), here)
		wantCode(t, name+", with what would be the code", err, hub.CodeUnauthorized)
	}
	if n := w.count(`SELECT count(*) FROM deliveries`); n != sent {
		t.Errorf("%d texts were sent", n-sent)
	}
	if n := w.count(`SELECT count(*) FROM incidents WHERE kind = 'failed_sign_in' AND reason = 'personal_code' AND person IS NOT NULL`); n != 2 {
		t.Errorf("%d incidents name a person, want 2", n)
	}
	if w.logged.Len() > 0 {
		t.Errorf("logged: %s", w.logged.String())
	}
}

func TestOneTimeCodeIsUsedUp(t *testing.T) {
	w := newWorld(t)
	w.enrolled(sara(), saraCode)
	begin := func() hub.ID {
		t.Helper()
		challenge, err := w.BeginSignIn(t.Context(), "0076229645", saraCode, from(250))
		if err != nil {
			t.Fatal(err)
		}
		return challenge
	}
	t.Run("by five tries", func(t *testing.T) {
		challenge := begin()
		for range 5 {
			_, err := w.FinishSignIn(t.Context(), challenge, "12345", here)
			wantCode(t, "wrong code", err, hub.CodeUnauthorized)
		}
		_, err := w.FinishSignIn(t.Context(), challenge, w.vault.Code(challenge, 6), here)
		wantCode(t, "right code after five tries", err, hub.CodeUnauthorized)
	})
	t.Run("by one of many who race", func(t *testing.T) {
		challenge := begin()
		var won atomic.Int32
		var wg sync.WaitGroup
		for i := range 16 {
			wg.Go(func() {
				if _, err := w.FinishSignIn(t.Context(), challenge, w.vault.Code(challenge, 6), from(i)); err == nil {
					won.Add(1)
				}
			})
		}
		wg.Wait()
		if won.Load() != 1 {
			t.Errorf("%d signed in, want 1", won.Load())
		}
	})
	t.Run("by two minutes", func(t *testing.T) {
		challenge := begin()
		w.later(2*time.Minute + time.Second)
		_, err := w.FinishSignIn(t.Context(), challenge, w.vault.Code(challenge, 6), here)
		wantCode(t, "late code", err, hub.CodeUnauthorized)
	})
	t.Run("for its purpose only", func(t *testing.T) {
		other, err := w.Enrol(t.Context(), in(hub.RoleAdmin, hub.ID{}), enrol.NewRecipient{Kind: hub.PersonNatural,
			NationalID: "1583250689", GivenName: "رضا", FamilyName: "نمونه", Mobile: "09120000003"})
		if err != nil {
			t.Fatal(err)
		}
		challenge, _ := w.newestCode(other.ID, hub.PurposeActivation)
		_, err = w.FinishSignIn(t.Context(), challenge, w.vault.Code(challenge, 6), here)
		wantCode(t, "an activation as sign-in", err, hub.CodeUnauthorized)
	})
	_, err := w.FinishSignIn(t.Context(), hub.ID{}, w.vault.Code(hub.ID{}, 6), here)
	wantCode(t, "no challenge", err, hub.CodeUnauthorized)
}

func TestCodesPerPersonAreLimitedWithoutTelling(t *testing.T) {
	w := newWorld(t)
	r := w.enrolled(sara(), saraCode) // six codes in ten minutes
	var last hub.ID
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if _, err := w.BeginSignIn(t.Context(), "0076229645", saraCode, here); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n := w.count(`SELECT count(*) FROM deliveries WHERE recipient = $1`, r.ID.String()); n != 7 {
		t.Errorf("%d codes were sent, want 6, and the activation's", n)
	}
	if n := w.count(`SELECT count(*) FROM incidents WHERE kind = 'code_undelivered' AND person = $1`, r.ID.String()); n != 2 {
		t.Errorf("%d incidents, want 2", n)
	}
	last, err := w.BeginSignIn(t.Context(), "0076229645", saraCode, here)
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.FinishSignIn(t.Context(), last, w.vault.Code(last, 6), here)
	wantCode(t, "a code that was never sent", err, hub.CodeUnauthorized)
	w.later(11 * time.Minute)
	if last, err = w.BeginSignIn(t.Context(), "0076229645", saraCode, here); err != nil {
		t.Fatal(err)
	}
	if _, err = w.FinishSignIn(t.Context(), last, w.vault.Code(last, 6), here); err != nil {
		t.Errorf("ten minutes later: %v", err)
	}
}
