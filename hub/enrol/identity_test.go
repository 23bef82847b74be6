package enrol_test

import (
	"strings"
	"testing"
	"time"

	"eblagh/hub"
	"eblagh/hub/access"
	"eblagh/hub/enrol"
	"eblagh/hub/vault"
)

const provider = "https://id.example"

// outsiders is a world with a provider, a clerk with a second factor, and the grant that makes them one.
type outsiders struct {
	*world
	now   *time.Time
	grant hub.Grant
	uri   string
}

var outsideAdmin = in(hub.RoleAdmin, hub.ID{})

func newOutsiders(t *testing.T) outsiders {
	t.Helper()
	w, now := clocked(t)
	w.options.Issuer = provider
	w.restart(w.options)
	r := w.enrolled(sara(), saraCode)
	grant, err := w.AddStaff(t.Context(), outsideAdmin, enrol.NewStaff{NationalID: "0076229645", Role: hub.RoleCourtClerk,
		Organisation: w.organisation(hub.OrganisationBranch, "b").ID})
	if err != nil {
		t.Fatal(err)
	}
	uri, _ := w.withFactor(w.self(r.ID), *now)
	*now = now.Add(time.Minute)
	return outsiders{w, now, grant, uri}
}

func (w outsiders) bind(subject string) hub.Identity {
	w.t.Helper()
	i, err := w.BindIdentity(w.t.Context(), outsideAdmin, w.grant.ID, subject)
	if err != nil {
		w.t.Fatal(err)
	}
	return i
}

func (w outsiders) refused(what, subject string) {
	w.t.Helper()
	done, err := w.SignInOutside(w.t.Context(), provider, subject, from(1))
	wantCode(w.t, what, err, hub.CodeUnauthorized)
	if done != (enrol.SignedIn{}) {
		w.t.Errorf("%s: %+v", what, done)
	}
}

// The provider stands for the first two steps; the third is asked for as ever, once.
func TestTheProviderStandsForTheFirstFactorOnly(t *testing.T) {
	w := newOutsiders(t)
	bound := w.bind("subject-7")
	if bound.Issuer != provider || bound.Person != w.grant.Person || bound.BoundBy != outsideAdmin.ID || bound.BoundAt.IsZero() {
		t.Errorf("bound: %+v", bound)
	}
	asked, err := w.SignInOutside(t.Context(), provider, "subject-7", here)
	if err != nil || asked.Factor != hub.FactorTOTP || asked.Challenge.IsZero() || !asked.Person.IsZero() || asked.Proved != w.grant.Person {
		t.Fatalf("%+v, %v", asked, err)
	}
	_, err = w.FinishSignIn(t.Context(), asked.Challenge, "000000", here)
	wantCode(t, "a wrong code", err, hub.CodeUnauthorized)
	done, err := w.FinishSignIn(t.Context(), asked.Challenge, authenticator(t, w.uri, *w.now), here)
	if err != nil || done != (enrol.SignedIn{Person: w.grant.Person, Proof: asked.Challenge, Factor: hub.FactorTOTP}) {
		t.Errorf("%+v, %v", done, err)
	}
	_, err = w.FinishSignIn(t.Context(), asked.Challenge, authenticator(t, w.uri, w.now.Add(30*time.Second)), here)
	wantCode(t, "the challenge again", err, hub.CodeUnauthorized)
	if kept := w.text(`SELECT string_agg(i::text, ' ') || (SELECT string_agg(c::text, ' ') FROM challenges c) FROM identities i`); strings.Contains(kept, "subject-7") {
		t.Error("the subject lies open")
	}
}

// Whoever may not is answered alike, and no challenge is there for them.
func TestTheProviderLetsInNobodyElse(t *testing.T) {
	w := newOutsiders(t)
	w.refused("bound to nobody", "subject-8")
	w.bind("subject-7")
	if _, err := w.SignInOutside(t.Context(), "https://id.example/", "subject-7", from(1)); hub.CodeOf(err) != hub.CodeUnauthorized {
		t.Errorf("another issuer's subject: %v", err)
	}
	w.refused("in other letters", "SUBJECT-7")
	person := w.grant.Person.String()
	for what, turn := range map[string][2]string{
		"a role taken away":    {`UPDATE grants SET revoked_at = hub_now() WHERE person = $1`, `UPDATE grants SET revoked_at = NULL WHERE person = $1`},
		"a branch disabled":    {`UPDATE organisations SET disabled_at = hub_now() WHERE $1 <> ''`, `UPDATE organisations SET disabled_at = NULL WHERE $1 <> ''`},
		"a lawyer":             {`UPDATE grants SET role = 'lawyer', organisation = NULL WHERE person = $1`, ``},
		"no second factor yet": {`UPDATE second_factors SET confirmed_at = NULL WHERE person = $1`, `UPDATE second_factors SET confirmed_at = hub_now() WHERE person = $1`},
	} {
		undo := turn[1]
		if undo == "" {
			undo = `UPDATE grants SET role = 'court_clerk', organisation = (SELECT id FROM organisations) WHERE person = $1`
		}
		w.exec(turn[0], person)
		w.refused(what, "subject-7")
		w.exec(undo, person)
	}
	if n := w.count(`SELECT count(*) FROM challenges WHERE purpose = 'second_factor'`); n != 0 {
		t.Errorf("%d challenges", n)
	}
	if n := w.count(`SELECT count(*) FROM incidents WHERE reason = 'outside'`); n != 7 {
		t.Errorf("%d incidents, want 7", n)
	}
	asked, err := w.SignInOutside(t.Context(), provider, "subject-7", here)
	if err != nil {
		t.Fatal(err)
	}
	w.exec(`UPDATE grants SET revoked_at = hub_now() WHERE person = $1`, person)
	_, err = w.FinishSignIn(t.Context(), asked.Challenge, authenticator(t, w.uri, *w.now), here)
	wantCode(t, "the role taken away before the last step", err, hub.CodeUnauthorized)
}

// Sessions, and what is on its way, end with the binding.
func TestUnbindingShutsOut(t *testing.T) {
	w := newOutsiders(t)
	var told []hub.ID
	w.options.Ended = func(people ...hub.ID) { told = append(told, people...) }
	w.restart(w.options)
	w.bind("subject-7")
	asked, err := w.SignInOutside(t.Context(), provider, "subject-7", here)
	if err != nil {
		t.Fatal(err)
	}
	w.exec(`INSERT INTO sessions (token_hash, id, person, data, expires_at) VALUES ('\x01', $1, $2, '\x', hub_now() + interval '1 h')`,
		hub.NewID(time.Now()).String(), w.grant.Person.String())
	told = nil
	if err := w.UnbindIdentity(t.Context(), outsideAdmin, w.grant.ID); err != nil {
		t.Fatal(err)
	}
	if n := w.count(`SELECT count(*) FROM sessions`); n != 0 || len(told) != 1 || told[0] != w.grant.Person {
		t.Errorf("%d sessions; told of %v", n, told)
	}
	_, err = w.FinishSignIn(t.Context(), asked.Challenge, authenticator(t, w.uri, *w.now), here)
	wantCode(t, "the last step after that", err, hub.CodeUnauthorized)
	w.refused("unbound", "subject-7")
	wantCode(t, "unbinding again", w.UnbindIdentity(t.Context(), outsideAdmin, w.grant.ID), hub.CodeNotFound)
	_, err = w.Identity(t.Context(), outsideAdmin, w.grant.ID)
	wantCode(t, "the identity", err, hub.CodeNotFound)
}

func TestWhoMayBeBound(t *testing.T) {
	w := newOutsiders(t)
	bind := func(p access.Principal, grant hub.ID, subject string) error {
		_, err := w.BindIdentity(t.Context(), p, grant, subject)
		return err
	}
	for _, subject := range []string{"", " x", "é", "a\x00b", strings.Repeat("x", 256)} {
		err := bind(outsideAdmin, w.grant.ID, subject)
		wantCode(t, "subject "+subject, err, hub.CodeValidation)
		if got := pointers(err); len(got) != 1 || got[0] != "/subject" {
			t.Errorf("subject %q: %v", subject, got)
		}
	}
	own := access.Principal{Kind: access.Person, ID: w.grant.Person, Factor: hub.FactorTOTP, Grants: outsideAdmin.Grants}
	wantCode(t, "oneself", bind(own, w.grant.ID, "s"), hub.CodeForbidden)
	wantCode(t, "a clerk", bind(in(hub.RoleOfficeClerk, hub.ID{}), w.grant.ID, "s"), hub.CodeForbidden)
	wantCode(t, "no grant", bind(outsideAdmin, hub.NewID(time.Now()), "s"), hub.CodeNotFound)
	first := w.bind("subject-7")
	if again := w.bind("subject-7"); again != first {
		t.Errorf("the same again: %+v, want %+v", again, first)
	}
	other, err := w.AddStaff(t.Context(), outsideAdmin, enrol.NewStaff{NationalID: "1583250689", GivenName: "a", FamilyName: "b", Mobile: "09120000002", Role: hub.RoleAuditor})
	if err != nil {
		t.Fatal(err)
	}
	err = bind(outsideAdmin, other.ID, "subject-7")
	wantCode(t, "another's subject", err, hub.CodeValidation)
	second := w.bind("subject-8")
	if got, err := w.Identity(t.Context(), outsideAdmin, w.grant.ID); err != nil || got != second || second.ID == first.ID {
		t.Errorf("%+v, %v", got, err)
	}
	w.refused("the subject before", "subject-7")
	if err := bind(outsideAdmin, other.ID, "subject-7"); err != nil {
		t.Errorf("a subject that is free again: %v", err)
	}
	lawyer, err := w.AddStaff(t.Context(), outsideAdmin, enrol.NewStaff{NationalID: "0076229645", Role: hub.RoleLawyer})
	if err != nil {
		t.Fatal(err)
	}
	wantCode(t, "a lawyer's grant", bind(outsideAdmin, lawyer.ID, "s"), hub.CodeWrongState)
	if _, err := w.RevokeStaff(t.Context(), outsideAdmin, w.grant.ID); err != nil {
		t.Fatal(err)
	}
	wantCode(t, "a role taken away", bind(outsideAdmin, w.grant.ID, "s"), hub.CodeWrongState)
	w.options.Issuer = ""
	w.restart(w.options)
	wantCode(t, "without a provider", bind(outsideAdmin, other.ID, "s"), hub.CodeWrongState)
}

// Tries are counted, and an honest sign-in leaves none.
func TestOutsideTriesAreCountedAndGivenBack(t *testing.T) {
	w := newOutsiders(t)
	w.bind("subject-7")
	full := `SELECT count(*) FROM tries WHERE at > hub_now() + interval '1 second'`
	before := w.count(full)
	for range 8 { // more than the bucket holds
		asked, err := w.SignInOutside(t.Context(), provider, "subject-7", here)
		if err != nil {
			t.Fatal(err)
		}
		*w.now = w.now.Add(time.Minute)
		if _, err := w.FinishSignIn(t.Context(), asked.Challenge, authenticator(t, w.uri, *w.now), here); err != nil {
			t.Fatal(err)
		}
	}
	if n := w.count(full); n != before {
		t.Errorf("%d buckets hold something, %d did before", n, before)
	}
	for range 5 {
		w.refused("a stranger", "subject-9")
	}
	_, err := w.SignInOutside(t.Context(), provider, "subject-9", from(1))
	wantCode(t, "the sixth", err, hub.CodeRateLimited)
}

// What an identity is found by does not change with the keys: after a rotation, with none of the former keys left, the
// provider's word leads to the same person.
func TestIdentitiesOutliveARotation(t *testing.T) {
	w := newOutsiders(t)
	w.bind("subject-7")
	was := w.vault.Keys()
	news, err := vault.Extend(w.keys, was, 1)
	if err == nil {
		err = vault.Prefer(w.keys, news)
	}
	if err == nil {
		err = vault.Prune(w.keys, was)
	}
	if err != nil {
		t.Fatal(err)
	}
	rotated, err := vault.Open(w.keys)
	if err != nil {
		t.Fatal(err)
	}
	var uses []vault.KeyUse
	for _, key := range news {
		uses = append(uses, vault.KeyUse{Key: key, State: vault.KeyPrimary})
	}
	if err := rotated.Use(uses); err != nil {
		t.Fatal(err)
	}
	if string(rotated.Index("k", "v")) == string(w.vault.Index("k", "v")) {
		t.Fatal("nothing was rotated")
	}
	w.options.Vault = rotated
	w.restart(w.options)
	if asked, err := w.SignInOutside(t.Context(), provider, "subject-7", here); err != nil || asked.Challenge.IsZero() {
		t.Errorf("%+v, %v", asked, err)
	}
	w.refused("bound to nobody", "subject-8")
}
