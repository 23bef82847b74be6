package enrol_test

import (
	"encoding/json"
	"sync"
	"testing"
	"time"

	"eblagh/hub"
	"eblagh/hub/enrol"
	"eblagh/hub/postgres"
)

// begin keeps a session of who has just signed in, as the edge does.
func (w *world) begin(done enrol.SignedIn) error {
	sessions := w.options.Store.(*postgres.DB).Sessions(func(data []byte) (s hub.Session, err error) {
		return s, json.Unmarshal(data, &s)
	})
	s := hub.Session{ID: hub.NewID(time.Now()), Person: done.Person, Proof: done.Proof}
	data, err := json.Marshal(s)
	if err != nil {
		w.t.Fatal(err)
	}
	return sessions.CommitCtx(w.t.Context(), s.ID.String(), data, time.Now().Add(time.Hour))
}

// comeIn goes through all steps but the session.
func (w outsiders) comeIn(outside bool) enrol.SignedIn {
	w.t.Helper()
	*w.now = w.now.Add(time.Minute) // a code of the authenticator that was not used
	var challenge hub.ID
	if outside {
		asked, err := w.SignInOutside(w.t.Context(), provider, "subject-7", here)
		if err != nil {
			w.t.Fatal(err)
		}
		challenge = asked.Challenge
	} else {
		challenge = w.third(here)
	}
	done, err := w.FinishSignIn(w.t.Context(), challenge, authenticator(w.t, w.uri, *w.now), here)
	if err != nil {
		w.t.Fatal(err)
	}
	return done
}

// Who is shut out between the last step and the session has no session.
func TestNoSessionBeginsOnceShutOut(t *testing.T) {
	for what, c := range map[string]struct {
		outside bool
		shut    func(w outsiders) error
	}{
		"the identity unbound": {true, func(w outsiders) error {
			return w.UnbindIdentity(w.t.Context(), outsideAdmin, w.grant.ID)
		}},
		"another identity": {true, func(w outsiders) error {
			_, err := w.BindIdentity(w.t.Context(), outsideAdmin, w.grant.ID, "subject-8")
			return err
		}},
		"the second factor reset": {false, func(w outsiders) error {
			return w.ResetFactor(w.t.Context(), outsideAdmin, w.grant.Person)
		}},
		"reset, and another set up": {false, func(w outsiders) error {
			err := w.ResetFactor(w.t.Context(), outsideAdmin, w.grant.Person)
			w.withFactor(w.self(w.grant.Person), *w.now)
			return err
		}},
		"the personal code given anew": {false, func(w outsiders) error {
			clerk := in(hub.RoleOfficeClerk, w.organisation(hub.OrganisationOffice, "O-1").ID)
			return w.Recover(w.t.Context(), clerk, w.grant.Person, enrol.NewRecovery{Proof: "birth_certificate"})
		}},
	} {
		t.Run(what, func(t *testing.T) {
			w := newOutsiders(t)
			w.bind("subject-7")
			if err := w.begin(w.comeIn(c.outside)); err != nil {
				t.Fatalf("nothing happened yet: %v", err)
			}
			done := w.comeIn(c.outside)
			if err := c.shut(w); err != nil {
				t.Fatal(err)
			}
			was := w.count(`SELECT count(*) FROM sessions`)
			wantCode(t, "the session", w.begin(done), hub.CodeUnauthorized)
			if n := w.count(`SELECT count(*) FROM sessions`); n != was {
				t.Errorf("%d sessions, %d before", n, was)
			}
		})
	}
}

// In the very moment, either the session comes first, and ends with the binding, or it never begins.
func TestNoSessionOutlivesItsIdentity(t *testing.T) {
	w := newOutsiders(t)
	for range 25 {
		w.bind("subject-7")
		done := w.comeIn(true)
		var both sync.WaitGroup
		both.Go(func() {
			if err := w.begin(done); err != nil && hub.CodeOf(err) != hub.CodeUnauthorized {
				t.Error(err)
			}
		})
		both.Go(func() {
			if err := w.UnbindIdentity(t.Context(), outsideAdmin, w.grant.ID); err != nil {
				t.Error(err)
			}
		})
		both.Wait()
		if n := w.count(`SELECT count(*) FROM sessions`); n != 0 {
			t.Fatalf("%d sessions are left", n)
		}
	}
}

// What was met before the personal code was given anew leads to no further step.
func TestNoStepFollowsOnceShutOut(t *testing.T) {
	w := newOutsiders(t)
	first, err := w.BeginSignIn(t.Context(), "0076229645", saraCode, here)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.FinishSignIn(t.Context(), first, w.vault.Code(first, 6), here); err != nil {
		t.Fatal(err)
	}
	next := func() error {
		return w.options.Store.AddChallenge(t.Context(), enrol.Challenge{ID: hub.NewID(time.Now()), Purpose: hub.PurposeSecondFactor,
			Person: w.grant.Person, PassedFirst: true, After: first})
	}
	wantCode(t, "before", next(), "")
	clerk := in(hub.RoleOfficeClerk, w.organisation(hub.OrganisationOffice, "O-1").ID)
	if err := w.Recover(t.Context(), clerk, w.grant.Person, enrol.NewRecovery{Proof: "birth_certificate"}); err != nil {
		t.Fatal(err)
	}
	wantCode(t, "after", next(), hub.CodeUnauthorized)
}
