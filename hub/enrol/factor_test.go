package enrol_test

import (
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/totp"

	"eblagh/hub"
	"eblagh/hub/access"
	"eblagh/hub/enrol"
)

// clocked is a world under a clock of its own, which authenticators share.
func clocked(t *testing.T) (*world, *time.Time) {
	w := newWorld(t)
	now := time.Now()
	w.options.Clock = func() time.Time { return now }
	w.restart(w.options)
	return w, &now
}

// authenticator is another program's idea of RFC 6238.
func authenticator(t *testing.T, uri string, at time.Time) string {
	t.Helper()
	key, err := otp.NewKeyFromURL(uri)
	if err != nil {
		t.Fatal(err)
	}
	code, err := totp.GenerateCode(key.Secret(), at)
	if err != nil {
		t.Fatal(err)
	}
	return code
}

// withFactor sets a second factor up for a person and gives its address for authenticators and the recovery codes.
func (w *world) withFactor(p access.Principal, now time.Time) (uri string, recovery []string) {
	w.t.Helper()
	made, err := w.BeginFactor(w.t.Context(), p)
	if err != nil {
		w.t.Fatal(err)
	}
	recovery, err = w.ConfirmFactor(w.t.Context(), p, authenticator(w.t, made.URI, now))
	if err != nil {
		w.t.Fatal(err)
	}
	return made.URI, recovery
}

// third goes as far as the question for the second factor.
func (w *world) third(at enrol.Origin) hub.ID {
	w.t.Helper()
	first, err := w.BeginSignIn(w.t.Context(), "0076229645", saraCode, at)
	if err != nil {
		w.t.Fatal(err)
	}
	next, err := w.FinishSignIn(w.t.Context(), first, w.vault.Code(first, 6), at)
	if err != nil || next.Factor != hub.FactorTOTP || next.Challenge.IsZero() || !next.Person.IsZero() {
		w.t.Fatalf("second step: %+v, %v", next, err)
	}
	return next.Challenge
}

func TestSecondFactorIsAskedForOnceSetUp(t *testing.T) {
	w, now := clocked(t)
	r := w.enrolled(sara(), saraCode)
	self := w.self(r.ID)
	made, err := w.BeginFactor(t.Context(), self)
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.ConfirmFactor(t.Context(), self, "000000")
	wantCode(t, "a wrong first code", err, hub.CodeValidation)
	first, _ := w.BeginSignIn(t.Context(), "0076229645", saraCode, here)
	if done, err := w.FinishSignIn(t.Context(), first, w.vault.Code(first, 6), here); err != nil || done.Person != r.ID {
		t.Fatalf("asked for a factor that is not in use: %+v, %v", done, err)
	}
	recovery, err := w.ConfirmFactor(t.Context(), self, authenticator(t, made.URI, *now))
	if err != nil || len(recovery) != 10 {
		t.Fatalf("ConfirmFactor: %d codes, %v", len(recovery), err)
	}
	if n := w.count(`SELECT count(*) FROM deliveries d JOIN challenges h ON h.id = d.challenge WHERE h.purpose = 'second_factor_changed'`); n != 1 {
		t.Errorf("the person is told by %d texts, want 1", n)
	}
	_, err = w.BeginFactor(t.Context(), self)
	wantCode(t, "another while one is in use", err, hub.CodeWrongState)
	_, err = w.PendingFactor(t.Context(), self)
	wantCode(t, "the secret once it is in use", err, hub.CodeWrongState)
	*now = now.Add(time.Minute)
	asked := w.third(here)
	done, err := w.FinishSignIn(t.Context(), asked, authenticator(t, made.URI, *now), here)
	if err != nil || done != (enrol.SignedIn{Person: r.ID, Proof: asked, Factor: hub.FactorTOTP}) {
		t.Errorf("signed in: %+v, %v", done, err)
	}
	if kept := w.text(`SELECT encode(secret_ct, 'escape') FROM second_factors`); strings.Contains(made.URI, kept) {
		t.Error("the secret lies open")
	}
}

// RFC 6238 §5.2: a code is accepted once; one step of drift either way; never an older step than the last one used.
func TestTOTPIsUsedOnce(t *testing.T) {
	w, now := clocked(t)
	r := w.enrolled(sara(), saraCode)
	begun := *now
	uri, _ := w.withFactor(w.self(r.ID), *now)
	n := 0
	try := func(what, code string, want hub.Code) {
		t.Helper()
		n++
		_, err := w.FinishSignIn(t.Context(), w.third(from(n)), code, from(n))
		wantCode(t, what, err, want)
	}
	try("the code of setting up, again", authenticator(t, uri, begun), hub.CodeUnauthorized)
	*now = begun.Add(5 * time.Minute)
	try("two steps late", authenticator(t, uri, now.Add(-time.Minute)), hub.CodeUnauthorized)
	try("one step late", authenticator(t, uri, now.Add(-30*time.Second)), "")
	try("one step late, again", authenticator(t, uri, now.Add(-30*time.Second)), hub.CodeUnauthorized)
	try("one step early", authenticator(t, uri, now.Add(30*time.Second)), "")
	try("an older step than the last", authenticator(t, uri, *now), hub.CodeUnauthorized)
	w.later(time.Hour) // room for more texts
	*now = begun.Add(10 * time.Minute)
	try("two steps early", authenticator(t, uri, now.Add(time.Minute)), hub.CodeUnauthorized)
	try("nothing", "", hub.CodeUnauthorized)
}

// Sixteen at once, each with a challenge of its own and the same code: one wins.
func TestARacedSecondFactorLetsOneIn(t *testing.T) {
	for _, kind := range []string{"authenticator", "recovery code"} {
		t.Run(kind, func(t *testing.T) {
			w, now := clocked(t)
			w.options.Codes = 100
			w.restart(w.options)
			r := w.enrolled(sara(), saraCode)
			uri, recovery := w.withFactor(w.self(r.ID), *now)
			*now = now.Add(time.Minute)
			code := recovery[0]
			if kind == "authenticator" {
				code = authenticator(t, uri, *now)
			}
			challenges := make([]hub.ID, 16)
			for i := range challenges {
				first, err := w.BeginSignIn(t.Context(), "0076229645", saraCode, from(i))
				if err != nil {
					t.Fatal(err)
				}
				next, err := w.FinishSignIn(t.Context(), first, w.vault.Code(first, 6), from(i))
				if err != nil {
					t.Fatal(err)
				}
				challenges[i] = next.Challenge
			}
			var won atomic.Int32
			var wg sync.WaitGroup
			for i := range challenges {
				wg.Go(func() {
					if done, err := w.FinishSignIn(t.Context(), challenges[i], code, from(i)); err == nil && done.Person == r.ID {
						won.Add(1)
					}
				})
			}
			wg.Wait()
			if won.Load() != 1 {
				t.Errorf("%d signed in, want 1", won.Load())
			}
		})
	}
}

func TestRecoveryCodesStandInOnceEach(t *testing.T) {
	w, now := clocked(t)
	r := w.enrolled(sara(), saraCode)
	_, recovery := w.withFactor(w.self(r.ID), *now)
	if done, err := w.FinishSignIn(t.Context(), w.third(here), " "+strings.ToUpper(recovery[3])+" ", here); err != nil || done.Person != r.ID {
		t.Errorf("%+v, %v", done, err)
	}
	_, err := w.FinishSignIn(t.Context(), w.third(here), recovery[3], here)
	wantCode(t, "again", err, hub.CodeUnauthorized)
	_, err = w.FinishSignIn(t.Context(), w.third(here), "abcd-efgh-ijkl-mnop", here)
	wantCode(t, "made up", err, hub.CodeUnauthorized)
	if n := w.count(`SELECT count(*) FROM recovery_codes WHERE used_at IS NOT NULL`); n != 1 {
		t.Errorf("%d codes are used", n)
	}
}

// The second step's challenge is not met by what meets the first, nor the other way round; five tries end it.
func TestTheThirdStepStandsAlone(t *testing.T) {
	w, now := clocked(t)
	r := w.enrolled(sara(), saraCode)
	uri, _ := w.withFactor(w.self(r.ID), *now)
	*now = now.Add(time.Minute)
	challenge := w.third(here)
	for _, code := range []string{w.vault.Code(challenge, 6), "000000", "111111", "222222", "333333"} {
		_, err := w.FinishSignIn(t.Context(), challenge, code, here)
		wantCode(t, "a code of another kind", err, hub.CodeUnauthorized)
	}
	_, err := w.FinishSignIn(t.Context(), challenge, authenticator(t, uri, *now), here)
	wantCode(t, "the right code after five tries", err, hub.CodeUnauthorized)
	first, _ := w.BeginSignIn(t.Context(), "0076229645", saraCode, from(1))
	_, err = w.FinishSignIn(t.Context(), first, authenticator(t, uri, *now), from(1))
	wantCode(t, "the authenticator's code for the one by SMS", err, hub.CodeUnauthorized)
	late := w.third(from(2))
	w.later(2*time.Minute + time.Second)
	_, err = w.FinishSignIn(t.Context(), late, authenticator(t, uri, *now), from(2))
	wantCode(t, "after two minutes", err, hub.CodeUnauthorized)
}

func TestWhoMayEndASecondFactor(t *testing.T) {
	w, now := clocked(t)
	r := w.enrolled(sara(), saraCode)
	self := w.self(r.ID)
	self.SignedInAt = *now
	wantCode(t, "none", w.RemoveFactor(t.Context(), self), hub.CodeWrongState)
	w.withFactor(self, *now)
	stale := self
	stale.SignedInAt = now.Add(-6 * time.Minute)
	wantCode(t, "signed in six minutes ago", w.RemoveFactor(t.Context(), stale), hub.CodeConfirmation)
	staff := self
	staff.Grants = []access.Grant{{Role: hub.RoleOperator}}
	wantCode(t, "staff", w.RemoveFactor(t.Context(), staff), hub.CodeWrongState)
	wantCode(t, "a key", w.RemoveFactor(t.Context(), in(hub.RoleAdmin, hub.ID{})), hub.CodeUnauthorized)
	wantCode(t, "an office for somebody", w.ResetFactor(t.Context(), in(hub.RoleOfficeClerk, hub.ID{1}), r.ID), hub.CodeForbidden)
	admin := self
	admin.Grants = []access.Grant{{Role: hub.RoleAdmin}}
	wantCode(t, "an admin for themselves", w.ResetFactor(t.Context(), admin, r.ID), hub.CodeForbidden)
	wantCode(t, "oneself", w.RemoveFactor(t.Context(), self), "")
	w.withFactor(self, *now)
	wantCode(t, "an admin for somebody", w.ResetFactor(t.Context(), in(hub.RoleAdmin, hub.ID{}), r.ID), "")
	if n := w.count(`SELECT count(*) FROM recovery_codes`); n != 0 {
		t.Errorf("%d recovery codes outlive their factor", n)
	}
}

// Staff without a second factor may do nothing, whatever their roles; the policy itself says so.
func TestUnreadyStaffMayDoNothing(t *testing.T) {
	p := access.Principal{Kind: access.Person, ID: hub.ID{1}, Unready: true,
		Grants: []access.Grant{{Role: hub.RoleAdmin}, {Role: hub.RoleCourtClerk, Organisation: hub.ID{2}}}}
	for _, action := range access.Actions {
		_, err := access.Decide(p, action, access.Object{Person: p.ID, Organisation: hub.ID{2}})
		wantCode(t, string(action), err, hub.CodeSecondFactor)
		_, err = access.May(p, action)
		wantCode(t, string(action), err, hub.CodeSecondFactor)
	}
}
