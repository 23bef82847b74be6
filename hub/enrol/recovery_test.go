package enrol_test

import (
	"testing"
	"time"

	"eblagh/hub"
	"eblagh/hub/access"
	"eblagh/hub/enrol"
)

// told counts the texts of a purpose.
func (w *world) told(purpose hub.Purpose) int {
	w.t.Helper()
	return w.count(`SELECT count(*) FROM deliveries d JOIN challenges h ON h.id = d.challenge WHERE h.purpose = $1`, string(purpose))
}

const newCode = "7260193845"

// An office gives a personal code anew: the former one, the sessions, the codes on their way and the known devices end
// at once, the person is told at both numbers, and chooses another code with the one that came to the new number.
func TestRecoveryEndsAllAndTellsBothNumbers(t *testing.T) {
	w := newWorld(t)
	r := w.enrolled(sara(), saraCode)
	w.known(1)
	office := w.organisation(hub.OrganisationOffice, "O-1")
	w.exec(`INSERT INTO sessions (token_hash, id, person, data, expires_at) VALUES ('x', gen_random_uuid(), $1, '', now() + interval '1 hour')`, r.ID.String())
	open, err := w.BeginSignIn(t.Context(), "0076229645", saraCode, here)
	if err != nil {
		t.Fatal(err)
	}
	clerk := in(hub.RoleOfficeClerk, office.ID)
	if err := w.Recover(t.Context(), clerk, r.ID, enrol.NewRecovery{Proof: "birth_certificate", Mobile: "09120000055"}); err != nil {
		t.Fatal(err)
	}
	for what, query := range map[string]string{"sessions": `SELECT count(*) FROM sessions`, "known devices": `SELECT count(*) FROM devices`} {
		if n := w.count(query); n != 0 {
			t.Errorf("%d %s are left", n, what)
		}
	}
	_, err = w.FinishSignIn(t.Context(), open, w.vault.Code(open, 6), here)
	wantCode(t, "a code that was on its way", err, hub.CodeUnauthorized)
	again, err := w.BeginSignIn(t.Context(), "0076229645", saraCode, from(1))
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.FinishSignIn(t.Context(), again, w.vault.Code(again, 6), from(1))
	wantCode(t, "the former personal code", err, hub.CodeUnauthorized)
	if n := w.told(hub.PurposeRecoveryBegun); n != 2 {
		t.Errorf("told by %d texts, want one to each number", n)
	}
	var numbers []string
	for _, row := range []string{"ASC", "DESC"} {
		id, _ := hub.ParseID(w.text(`SELECT id FROM challenges WHERE purpose = 'recovery_begun' ORDER BY id ` + row + ` LIMIT 1`))
		var sealed []byte
		if err := w.sql.QueryRowContext(t.Context(), `SELECT mobile_ct FROM challenges WHERE id = $1`, id.String()).Scan(&sealed); err != nil {
			t.Fatal(err)
		}
		number, err := w.vault.OpenText(sealed, "challenges.mobile:"+id.String())
		if err != nil {
			t.Fatal(err)
		}
		numbers = append(numbers, number)
		wantCode(t, "a text that asks for nothing", w.Activate(t.Context(), "0076229645", w.vault.Code(id, 8), newCode, from(2)), hub.CodeUnauthorized)
	}
	if numbers[0] == numbers[1] || numbers[0]+numbers[1] != "+989120000055+989120000001" && numbers[0]+numbers[1] != "+989120000001+989120000055" {
		t.Errorf("told at %v", numbers)
	}
	challenge, code := w.newestCode(r.ID, hub.PurposeRecovery)
	_, err = w.FinishSignIn(t.Context(), challenge, code, from(3))
	wantCode(t, "signing in by the code", err, hub.CodeUnauthorized)
	if err := w.Activate(t.Context(), "0076229645", code, newCode, from(4)); err != nil {
		t.Fatal(err)
	}
	wantCode(t, "the code again", w.Activate(t.Context(), "0076229645", code, saraCode, from(4)), hub.CodeUnauthorized)
	if n := w.told(hub.PurposeRecoveryDone); n != 1 {
		t.Errorf("told that it is done by %d texts", n)
	}
	done, err := w.BeginSignIn(t.Context(), "0076229645", newCode, from(5))
	if err != nil {
		t.Fatal(err)
	}
	if who, err := w.FinishSignIn(t.Context(), done, w.vault.Code(done, 6), from(5)); err != nil || who.Person != r.ID {
		t.Errorf("with the new code: %+v, %v", who, err)
	}
	if n := w.count(`SELECT count(*) FROM recoveries WHERE proof = 'birth_certificate' AND office = $1 AND clerk = $2 AND ended_at IS NOT NULL`,
		office.ID.String(), clerk.ID.String()); n != 1 {
		t.Error("who did it, where and by what proof is not kept")
	}
	if n := w.count(`SELECT count(*) FROM trail WHERE object = $1 AND principal = $2`, r.ID.String(), clerk.ID.String()); n == 0 {
		t.Error("the look is not recorded")
	}
}

// A second factor outlives the recovery of the first: an office alone lets nobody into a desk.
func TestRecoveryLeavesTheSecondFactor(t *testing.T) {
	w, now := clocked(t)
	r := w.enrolled(sara(), saraCode)
	w.withFactor(w.self(r.ID), *now)
	if err := w.Recover(t.Context(), in(hub.RoleAdmin, hub.ID{}), r.ID, enrol.NewRecovery{Proof: "passport"}); err != nil {
		t.Fatal(err)
	}
	_, code := w.newestCode(r.ID, hub.PurposeRecovery)
	if err := w.Activate(t.Context(), "0076229645", code, newCode, here); err != nil {
		t.Fatal(err)
	}
	first, _ := w.BeginSignIn(t.Context(), "0076229645", newCode, here)
	if next, err := w.FinishSignIn(t.Context(), first, w.vault.Code(first, 6), here); err != nil || next.Factor != hub.FactorTOTP || !next.Person.IsZero() {
		t.Errorf("after the recovery: %+v, %v", next, err)
	}
}

func TestWhoMayRecoverWhom(t *testing.T) {
	w := newWorld(t)
	r := w.enrolled(sara(), saraCode)
	pending := sara()
	pending.NationalID, pending.Mobile = "1583250689", "09120000003"
	fresh, err := w.Enrol(t.Context(), in(hub.RoleAdmin, hub.ID{}), pending)
	if err != nil {
		t.Fatal(err)
	}
	proof := enrol.NewRecovery{Proof: "passport"}
	self := access.Principal{Kind: access.Person, ID: r.ID, Grants: []access.Grant{{Role: hub.RoleOfficeClerk, Organisation: hub.ID{7}}}}
	clerk := in(hub.RoleOfficeClerk, w.organisation(hub.OrganisationOffice, "O-1").ID)
	for name, err := range map[string]error{
		"a citizen: " + string(hub.CodeForbidden):              w.Recover(t.Context(), w.self(r.ID), r.ID, proof),
		"a court: " + string(hub.CodeForbidden):                w.Recover(t.Context(), in(hub.RoleCourtClerk, hub.ID{7}), r.ID, proof),
		"a clerk for themselves: " + string(hub.CodeForbidden): w.Recover(t.Context(), self, r.ID, proof),
		"nobody: " + string(hub.CodeUnauthorized):              w.Recover(t.Context(), access.Principal{}, r.ID, proof),
		"who is not there: " + string(hub.CodeNotFound):        w.Recover(t.Context(), clerk, hub.ID{1}, proof),
		"not activated: " + string(hub.CodeWrongState):         w.Recover(t.Context(), clerk, fresh.ID, proof),
		"without proof: " + string(hub.CodeValidation):         w.Recover(t.Context(), clerk, r.ID, enrol.NewRecovery{}),
		"the document's number: " + string(hub.CodeValidation): w.Recover(t.Context(), clerk, r.ID, enrol.NewRecovery{Proof: "A1234567"}),
	} {
		if want := name[len(name)-len(string(hub.CodeOf(err))):]; want != string(hub.CodeOf(err)) || err == nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if n := w.count(`SELECT count(*) FROM recoveries`); n != 0 {
		t.Errorf("%d recoveries began", n)
	}
	for range 5 {
		if err := w.Recover(t.Context(), clerk, r.ID, proof); err != nil {
			t.Fatal(err)
		}
	}
	_, code := w.newestCode(r.ID, hub.PurposeRecovery)
	for range 5 {
		wantCode(t, "a wrong code", w.Activate(t.Context(), "0076229645", "00000000", newCode, from(1)), hub.CodeUnauthorized)
	}
	wantCode(t, "the right code after five", w.Activate(t.Context(), "0076229645", code, newCode, from(2)), hub.CodeUnauthorized)
	w.later(time.Hour)
	if err := w.Recover(t.Context(), clerk, r.ID, proof); err != nil {
		t.Errorf("another code an hour later: %v", err)
	}
}
