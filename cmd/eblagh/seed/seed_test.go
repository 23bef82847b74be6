package seed_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/alexedwards/argon2id"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"eblagh/cmd/eblagh/seed"
	"eblagh/config"
	"eblagh/hub"
	"eblagh/hub/access"
	"eblagh/hub/dispatch"
	"eblagh/hub/document"
	"eblagh/hub/enrol"
	"eblagh/hub/postgres"
	"eblagh/hub/postgres/pgtest"
	"eblagh/hub/reading"
	"eblagh/hub/rules"
	"eblagh/hub/vault"
)

// stage is a hub over a database of the test's own.
type stage struct {
	db       *postgres.DB
	vault    *vault.Vault
	enroller *enrol.Enroller
	intake   *document.Intake
	log      bytes.Buffer
	options  seed.Options
}

func newStage(t *testing.T) *stage {
	t.Helper()
	s := &stage{db: pgtest.New(t)}
	var err error
	if s.vault, err = vault.Create(filepath.Join(t.TempDir(), "vault.key")); err != nil {
		t.Fatal(err)
	}
	logger := slog.New(slog.NewJSONHandler(&s.log, nil))
	s.enroller, err = enrol.New(enrol.Options{Store: s.db, Vault: s.vault, Clock: hub.SystemClock, Logger: logger, Mode: "test",
		Hash: argon2id.Params{Memory: 64, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32}})
	if err != nil {
		t.Fatal(err)
	}
	dispatcher, err := dispatch.New(dispatch.Options{Store: s.db, Vault: s.vault, Messages: config.Messages(),
		Clock: hub.SystemClock, Logger: logger})
	if err != nil {
		t.Fatal(err)
	}
	s.intake = document.New(document.Options{Store: s.db, Blobs: s.db, Vault: s.vault, Clock: hub.SystemClock})
	s.options = seed.Options{
		Enroller: s.enroller, Dispatcher: dispatcher, Code: s.code, Logger: logger,
		Intake: s.intake,
	}
	return s
}

// code is the activation code as the person's phone shows it.
func (s *stage) code(ctx context.Context, id hub.NationalID) (string, error) {
	found, err := s.db.ActivationCode(ctx, s.vault.Blind(vault.IndexNationalID, string(id)))
	return s.vault.Code(found.Challenge, hub.PurposeActivation.Digits()), err
}

func (s *stage) run(t *testing.T) seed.Result {
	t.Helper()
	result, err := seed.Demo(t.Context(), s.options)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// notices are what the court sees of its own.
func (s *stage) notices(t *testing.T, courtKey string) []hub.Notice {
	t.Helper()
	book, err := rules.Load(config.Rules())
	if err != nil {
		t.Fatal(err)
	}
	openings, err := reading.LoadOpenings(config.Messages())
	if err != nil {
		t.Fatal(err)
	}
	reader := reading.New(reading.Options{Store: s.db, Vault: s.vault, Bytes: s.intake, Book: book, Openings: openings,
		Clock: hub.SystemClock})
	court, err := s.enroller.Authenticate(t.Context(), courtKey)
	if err != nil {
		t.Fatal(err)
	}
	page, err := reader.Notices(t.Context(), court, reading.NoticeQuery{})
	if err != nil {
		t.Fatal(err)
	}
	var out []hub.Notice
	for _, item := range page.Items {
		n, _, err := reader.Notice(t.Context(), court, item.Notice.ID)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, n)
	}
	return out
}

func TestDemo(t *testing.T) {
	s := newStage(t)
	result := s.run(t)
	t.Run("everybody is there and signs in", func(t *testing.T) { everybodySignsIn(t, s, result) })
	t.Run("keys hold every scope of their role", func(t *testing.T) { keysHoldEveryScope(t, s, result.Keys) })
	t.Run("papers of several kinds wait", func(t *testing.T) { papersWait(t, s, result.Keys.Court) })
	t.Run("the log says nothing personal", func(t *testing.T) { logSaysNothing(t, s, result) })
}

func everybodySignsIn(t *testing.T, s *stage, result seed.Result) {
	roles := map[hub.Role]int{}
	for _, p := range result.People {
		roles[p.Role]++
		if p.Role == seed.RoleLegalPerson { // whom its representative signs in for
			if p.PersonalCode != "" || !represented(t, s, result, p) {
				t.Errorf("the company: %+v", p)
			}
			continue
		}
		challenge, err := s.enroller.BeginSignIn(t.Context(), string(p.NationalID), p.PersonalCode, enrol.Origin{})
		if err != nil {
			t.Fatal(err)
		}
		done, err := s.enroller.FinishSignIn(t.Context(), challenge, s.vault.Code(challenge, hub.PurposeSignIn.Digits()), enrol.Origin{})
		if err == nil && p.Role.Staff() {
			code, _ := enrol.FactorCode(p.TOTPSecret, time.Now())
			done, err = s.enroller.FinishSignIn(t.Context(), done.Challenge, code, enrol.Origin{})
		}
		if err != nil || p.Role.Staff() != (done.Factor == hub.FactorTOTP) {
			t.Fatalf("%s does not sign in: %+v, %v", p.Role, done, err)
		}
		who, err := s.enroller.PersonPrincipal(t.Context(), done.Person)
		if err != nil || (p.Role != hub.RoleCitizen) != who.Holds(p.Role) {
			t.Errorf("%s holds %v, %v", p.Role, who.Grants, err)
		}
		if !strings.Contains(p.Name, "نمونه") || !strings.HasPrefix(string(p.Mobile), "+989900000") {
			t.Errorf("%s does not look like demo data", p.Role)
		}
	}
	if roles[hub.RoleCitizen] < 3 || roles[hub.RoleLawyer] != 1 {
		t.Errorf("roles %v", roles)
	}
	for _, role := range hub.GrantedRoles {
		if roles[role] == 0 {
			t.Errorf("nobody is %s", role)
		}
	}
}

func keysHoldEveryScope(t *testing.T, s *stage, keys seed.Keys) {
	for role, key := range map[hub.Role]string{hub.RoleCourtClerk: keys.Court, hub.RoleOfficeClerk: keys.Office,
		hub.RoleOperator: keys.Operator, hub.RoleAdmin: keys.Admin, hub.RoleAuditor: keys.Auditor} {
		p, err := s.enroller.Authenticate(t.Context(), key)
		if err != nil || !strings.HasPrefix(key, "ebk_test_") {
			t.Fatalf("%s: %v", role, err)
		}
		if !p.Holds(role) || !slices.Equal(p.Scopes, access.ScopesOf(role)) {
			t.Errorf("%s: grants %v, scopes %v", role, p.Grants, p.Scopes)
		}
	}
}

func papersWait(t *testing.T, s *stage, courtKey string) {
	notices := s.notices(t, courtKey)
	kinds, people := map[hub.Kind]bool{}, map[hub.ID]bool{}
	for _, n := range notices {
		kinds[n.Kind], people[n.Recipient] = true, true
		if len(n.Documents) != 1 || n.Documents[0].MediaType != "application/pdf" || len(n.Deliveries) != 2 {
			t.Errorf("%s has %d documents and %d deliveries", n.Reference, len(n.Documents), len(n.Deliveries))
		}
	}
	if len(kinds) < 6 || len(people) < 5 {
		t.Errorf("%d kinds of paper for %d people", len(kinds), len(people))
	}
}

// A development instance is started every day: it must not fill up with keys, people or papers.
func TestSecondRunFindsEverything(t *testing.T) {
	s := newStage(t)
	first := s.run(t)
	before := s.notices(t, first.Keys.Court)
	raw, err := json.Marshal(first) // as dev.json keeps it
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, &s.options.Former); err != nil {
		t.Fatal(err)
	}
	second := s.run(t)
	if diff := cmp.Diff(first, second); diff != "" {
		t.Errorf("another run, other people or keys:\n%s", diff)
	}
	if diff := cmp.Diff(before, s.notices(t, second.Keys.Court)); diff != "" {
		t.Errorf("another run, other papers:\n%s", diff)
	}
}

func TestLostFileOrOtherDatabaseGivesNewKeys(t *testing.T) {
	s := newStage(t)
	first := s.run(t)
	s.options.Former = seed.Result{Keys: seed.Keys{Court: first.Keys.Admin, Office: "ebk_test_gone", Operator: "ebk_live_gone",
		Admin: first.Keys.Admin}}
	second := s.run(t)
	if second.Keys.Admin != first.Keys.Admin {
		t.Error("a key that works was thrown away")
	}
	for name, pair := range map[string][2]string{"court": {first.Keys.Admin, second.Keys.Court}, "office": {"ebk_test_gone", second.Keys.Office},
		"operator": {"ebk_live_gone", second.Keys.Operator}, "auditor": {"", second.Keys.Auditor}} {
		if _, err := s.enroller.Authenticate(t.Context(), pair[1]); err != nil || pair[0] == pair[1] {
			t.Errorf("%s: %v", name, err)
		}
	}
	if diff := cmp.Diff(first.People, second.People, cmpopts.IgnoreFields(seed.Person{}, "TOTPSecret")); diff != "" {
		t.Errorf("other people:\n%s", diff)
	}
	everybodySignsIn(t, s, second) // by the second factors of this run: those of the first are lost
}

// A run that was cut off after enrolling somebody finds an account to activate, whose code may have been used up.
func TestRunGoesOnWhereAnotherStopped(t *testing.T) {
	s := newStage(t)
	stop := errors.New("stopped")
	s.options.Code = func(context.Context, hub.NationalID) (string, error) { return "", stop }
	if _, err := seed.Demo(t.Context(), s.options); !errors.Is(err, stop) {
		t.Fatalf("got %v", err)
	}
	wrong := true
	s.options.Code = func(ctx context.Context, id hub.NationalID) (string, error) {
		if wrong {
			wrong = false
			return "00000000", nil
		}
		return s.code(ctx, id)
	}
	if result := s.run(t); len(result.People) < 10 {
		t.Errorf("%d people", len(result.People))
	}
}

// represented reports whether somebody of the demo may act for a legal person.
func represented(t *testing.T, s *stage, result seed.Result, legal seed.Person) bool {
	t.Helper()
	admin, err := s.enroller.Authenticate(t.Context(), result.Keys.Admin)
	if err != nil {
		t.Fatal(err)
	}
	company, err := s.enroller.Lookup(t.Context(), admin, string(legal.NationalID))
	if err != nil {
		t.Fatal(err)
	}
	person, err := s.enroller.Lookup(t.Context(), admin, string(legal.Representative))
	if err != nil {
		t.Fatal(err)
	}
	p, err := s.enroller.PersonPrincipal(t.Context(), person.ID)
	_, acts := p.ActFor(company.ID)
	return err == nil && acts
}

func logSaysNothing(t *testing.T, s *stage, result seed.Result) {
	secrets := []string{result.Keys.Court, result.Keys.Admin}
	for _, p := range result.People {
		secrets = append(secrets, string(p.NationalID), p.Name, string(p.Mobile), p.PersonalCode)
		if p.TOTPSecret != "" {
			secrets = append(secrets, p.TOTPSecret)
		}
	}
	for _, secret := range secrets {
		if secret != "" && strings.Contains(s.log.String(), secret) {
			t.Error("the log holds something personal or secret")
		}
	}
}

// The papers that the service officers carry are handed over once they have arrived, and not again by a second run.
func TestDemoHandsPapersOver(t *testing.T) {
	s := newStage(t)
	tries, handed := 0, map[hub.ID]int{}
	s.options.HandOver = func(_ context.Context, p access.Principal, notice hub.ID) error {
		if tries++; tries < 3 { // not there yet
			return hub.Refuse(hub.CodeWrongState, "")
		}
		if !p.Holds(hub.RoleCourtClerk) {
			t.Errorf("handed over by %v", p.Grants)
		}
		handed[notice]++
		return nil
	}
	first := s.run(t)
	s.options.Former = first
	s.run(t)
	kinds := map[hub.Kind]int{}
	for _, n := range s.notices(t, first.Keys.Court) {
		if handed[n.ID] > 0 {
			kinds[n.Kind] += handed[n.ID]
		}
	}
	if len(kinds) != 2 || kinds["summons"] != 1 || kinds["execution_writ"] != 1 {
		t.Errorf("handed over %v", kinds)
	}
}
