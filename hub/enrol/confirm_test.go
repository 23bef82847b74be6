package enrol_test

import (
	"testing"
	"time"

	"eblagh/hub"
	"eblagh/hub/access"
)

func TestConfirmByTheCodeOfTheNumber(t *testing.T) {
	w := newWorld(t)
	self := w.self(w.enrolled(sara(), saraCode).ID)
	other := sara()
	other.NationalID, other.Mobile = "1583250689", "09120000009"
	stranger := w.self(w.enrolled(other, saraCode).ID)
	challenge, factor, err := w.BeginConfirm(t.Context(), self)
	if err != nil || factor != hub.FactorNone {
		t.Fatal(factor, err)
	}
	code := w.vault.Code(challenge, 6)
	wantCode(t, "another's challenge", w.FinishConfirm(t.Context(), stranger, challenge, code), hub.CodeUnauthorized)
	wantCode(t, "a wrong code", w.FinishConfirm(t.Context(), self, challenge, "000000"), hub.CodeUnauthorized)
	wantCode(t, "the code", w.FinishConfirm(t.Context(), self, challenge, code), "")
	wantCode(t, "the code again", w.FinishConfirm(t.Context(), self, challenge, code), hub.CodeUnauthorized)
	signIn, _ := w.BeginSignIn(t.Context(), "0076229645", saraCode, here)
	wantCode(t, "a code to sign in", w.FinishConfirm(t.Context(), self, signIn, w.vault.Code(signIn, 6)), hub.CodeUnauthorized)
	wantCode(t, "a key", w.FinishConfirm(t.Context(), in(hub.RoleAdmin, hub.ID{}), challenge, code), hub.CodeUnauthorized)
	late, _, _ := w.BeginConfirm(t.Context(), self)
	_, err = w.FinishSignIn(t.Context(), late, w.vault.Code(late, 6), here)
	wantCode(t, "signing in by a confirmation", err, hub.CodeUnauthorized)
	w.later(2*time.Minute + time.Second)
	wantCode(t, "after two minutes", w.FinishConfirm(t.Context(), self, late, w.vault.Code(late, 6)), hub.CodeUnauthorized)
}

func TestConfirmByTheSecondFactor(t *testing.T) {
	w, now := clocked(t)
	self := w.self(w.enrolled(sara(), saraCode).ID)
	uri, _ := w.withFactor(self, *now)
	*now = now.Add(time.Minute)
	sent := w.count(`SELECT count(*) FROM deliveries`)
	challenge, factor, err := w.BeginConfirm(t.Context(), self)
	if err != nil || factor != hub.FactorTOTP {
		t.Fatal(factor, err)
	}
	if n := w.count(`SELECT count(*) FROM deliveries`); n != sent {
		t.Error("a text was sent for it")
	}
	wantCode(t, "what would be the code by SMS", w.FinishConfirm(t.Context(), self, challenge, w.vault.Code(challenge, 6)), hub.CodeUnauthorized)
	wantCode(t, "the authenticator's", w.FinishConfirm(t.Context(), self, challenge, authenticator(t, uri, *now)), "")
}

func TestPersonalCodeIsProvedAgain(t *testing.T) {
	w := newWorld(t)
	self := w.self(w.enrolled(sara(), saraCode).ID)
	wantCode(t, "right", w.ProvePersonalCode(t.Context(), self, saraCode), "")
	for range 10 {
		wantCode(t, "wrong", w.ProvePersonalCode(t.Context(), self, "1029384756"), hub.CodeUnauthorized)
	}
	wantCode(t, "the eleventh", w.ProvePersonalCode(t.Context(), self, saraCode), hub.CodeRateLimited)
	wantCode(t, "nobody", w.ProvePersonalCode(t.Context(), access.Principal{}, saraCode), hub.CodeUnauthorized)
}

// The work of the first step is the same for everybody: one hash, of the cost that was set, whoever is asked for.
func TestTheFirstStepTakesAsLongForNobody(t *testing.T) {
	w := newWorld(t)
	w.options.Hash.Memory, w.options.Hash.Iterations = 4<<10, 2
	w.restart(w.options)
	w.enrolled(sara(), saraCode)
	took := func(nationalID string, first int) time.Duration {
		least := time.Hour // what the machine does beside only adds
		for i := range 9 {
			begun := time.Now()
			if _, err := w.BeginSignIn(t.Context(), nationalID, "1029384756", from(first+i)); err != nil {
				t.Fatal(err)
			}
			least = min(least, time.Since(begun))
		}
		return least
	}
	somebody, nobody := took("0076229645", 0), took("0013542419", 20)
	if somebody > 3*nobody || nobody > 3*somebody {
		t.Errorf("somebody %v, nobody %v", somebody, nobody)
	}
}
