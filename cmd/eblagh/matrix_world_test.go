package main

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"eblagh/api/signin"
	"eblagh/hub"
	"eblagh/hub/access"
	"eblagh/hub/dispatch"
	"eblagh/hub/enrol"
	"eblagh/hub/postgres/pgtest"
)

// matrixWorld is one instance with somebody in every role, twice where a role has a place: once where the papers are, and
// once elsewhere.
type matrixWorld struct {
	*testing.T
	app        *App
	sql        *pgx.Conn
	client     *http.Client
	sessions   *signin.Sessions
	admin      access.Principal
	people     map[string]hub.ID
	numbers    map[string]string // national ids
	cookies    map[hub.ID]*http.Cookie
	principals []matrixPrincipal

	branch, office  hub.ID
	company         hub.ID
	citizens        matrixPaper // one to the citizen, opened
	companys        matrixPaper // one to the company, opened
	strangers       matrixPaper // one to a stranger, not opened, that an officer carries
	attorney        hub.Attorney
	task, taskPaper string
}

// matrixPaper is a notice in the world.
type matrixPaper struct {
	reference, notice, document, delivery, matter string
	of                                            access.Object
}

// matrixPrincipal is who calls, and how they show it.
type matrixPrincipal struct {
	name      string
	principal access.Principal
	key       string
	cookie    *http.Cookie
	renew     func() *http.Cookie
}

// sign puts on a request what shows who calls; fresh: a session of its own, for calls that end it.
func (p matrixPrincipal) sign(r *http.Request, fresh, page bool) {
	if p.key != "" {
		r.Header.Set("Authorization", "Bearer "+p.key)
	}
	cookie := p.cookie
	if fresh && p.renew != nil {
		cookie = p.renew()
	}
	if cookie != nil {
		r.AddCookie(cookie)
	}
	switch legal := p.principal.For.LegalPerson; {
	case legal.IsZero():
	case page:
		r.AddCookie(&http.Cookie{Name: "eblagh_acting", Value: legal.String()})
	default:
		r.Header.Set("Acting-For", legal.String())
	}
}

// nobodysCode is the hash of no personal code.
const nobodysCode = `$argon2id$v=19$m=64,t=1,p=1$c2FsdHNhbHRzYWx0c2FsdA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA`

func newMatrixWorld(t *testing.T) *matrixWorld {
	t.Helper()
	return newMatrixWorldWith(t, func(*Options) {})
}

// newMatrixWorldWith changes how the instance is made.
func newMatrixWorldWith(t *testing.T, change func(*Options)) *matrixWorld {
	t.Helper()
	w := &matrixWorld{T: t, people: map[string]hub.ID{}, numbers: map[string]string{},
		cookies: map[hub.ID]*http.Cookie{},
		client:  &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
	w.app, _ = startAppWith(t, settings(t, pgtest.URL(t)), partList{api: true}, change)
	w.sql = must1(t)(pgx.Connect(t.Context(), pgtest.URL(t)))
	t.Cleanup(func() { w.sql.Close(context.Background()) })
	d := w.app.domain
	w.sessions = signin.New(signin.Options{Store: d.db.Sessions(signin.Describe), People: d.enroller,
		Secure: w.app.o.Config.Secure(), Clock: hub.SystemClock})
	w.admin = w.system("the admin's system", hub.RoleAdmin, hub.ID{})
	w.branch, w.office = w.organisation("branch", "A"), w.organisation("office", "A")
	w.addPeople(w.organisation("branch", "B"), w.organisation("office", "B"))
	w.addPapers()
	w.principals = append(w.principals, matrixPrincipal{name: "nobody"})
	return w
}

// must1 fails the test on an error.
func must1(t *testing.T) func(conn *pgx.Conn, err error) *pgx.Conn {
	return func(conn *pgx.Conn, err error) *pgx.Conn {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return conn
	}
}

func (w *matrixWorld) ok(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

func (w *matrixWorld) organisation(kind hub.OrganisationKind, code string) hub.ID {
	w.Helper()
	o, err := w.app.domain.enroller.CreateOrganisation(w.Context(), w.admin, hub.Organisation{Kind: kind, Code: code, Name: code})
	w.ok(err)
	return o.ID
}

// system is a key with every scope of its role.
func (w *matrixWorld) system(name string, role hub.Role, at hub.ID) access.Principal {
	w.Helper()
	key, _, err := w.app.domain.enroller.CreateKey(w.Context(), enrol.NewKey{Name: name, Role: role, Organisation: at,
		Scopes: access.ScopesOf(role), Mode: "test"})
	w.ok(err)
	p, err := w.app.domain.enroller.Authenticate(w.Context(), key)
	w.ok(err)
	w.principals = append(w.principals, matrixPrincipal{name: name, principal: p, key: key})
	return p
}

// person is somebody enrolled, in a role, signed in.
func (w *matrixWorld) person(name string, role hub.Role, at hub.ID) hub.ID {
	w.Helper()
	number := exampleNationalID(len(w.people) + 1)
	r, err := w.app.domain.enroller.Enrol(w.Context(), w.admin, enrol.NewRecipient{Kind: hub.PersonNatural, NationalID: number,
		GivenName: "Demo", FamilyName: name, Address: "address-of-" + number, Mobile: fmt.Sprintf("0912000%04d", len(w.people)+1)})
	w.ok(err)
	w.people[name], w.numbers[name] = r.ID, number
	w.exec(`UPDATE persons SET activated_at = hub_now(), personal_code = '`+nobodysCode+`' WHERE id = $1`, r.ID)
	if role != hub.RoleCitizen {
		_, err := w.app.domain.enroller.AddStaff(w.Context(), w.admin, enrol.NewStaff{NationalID: number, Role: role, Organisation: at})
		w.ok(err)
	}
	return r.ID
}

// signIn adds a person to those who call, acting for a legal person unless that is zero.
func (w *matrixWorld) signIn(name string, person, legalPerson hub.ID) {
	w.Helper()
	p, err := w.app.domain.enroller.PersonPrincipal(w.Context(), person)
	w.ok(err)
	if !legalPerson.IsZero() {
		acting, ok := p.ActFor(legalPerson)
		if !ok {
			w.Fatalf("%s does not act for the company", name)
		}
		p = acting
	}
	if w.cookies[person] == nil { // one for each person: who acts for a company does so in the same browser
		w.cookies[person] = w.session(person)
	}
	w.principals = append(w.principals, matrixPrincipal{name: name, principal: p, cookie: w.cookies[person],
		renew: func() *http.Cookie { return w.session(person) }})
}

func (w *matrixWorld) session(person hub.ID) *http.Cookie {
	w.Helper()
	r, err := http.NewRequestWithContext(w.Context(), http.MethodPost, "/", nil)
	w.ok(err)
	cookie, err := w.sessions.Start(r, person, hub.FactorTOTP, hub.ID{})
	w.ok(err)
	return cookie
}

func (w *matrixWorld) exec(sql string, args ...any) {
	w.Helper()
	for i, arg := range args {
		if id, ok := arg.(hub.ID); ok {
			args[i] = id.String()
		}
	}
	_, err := w.sql.Exec(w.Context(), sql, args...)
	w.ok(err)
}

func (w *matrixWorld) newID() hub.ID { return hub.NewID(hub.SystemClock()) }

// addPeople makes everybody but nobody.
func (w *matrixWorld) addPeople(branch, office hub.ID) {
	w.Helper()
	for _, name := range []string{"the citizen", "a stranger", "an owner", "a manager", "a reader"} {
		w.person(name, hub.RoleCitizen, hub.ID{})
	}
	w.signIn("the citizen", w.people["the citizen"], hub.ID{})
	w.signIn("a stranger", w.people["a stranger"], hub.ID{})
	w.addCompany()
	for _, c := range []struct {
		role      hub.Role
		at, other hub.ID
	}{
		{hub.RoleLawyer, hub.ID{}, hub.ID{}}, {hub.RoleCourtClerk, w.branch, branch}, {hub.RoleJudge, w.branch, branch},
		{hub.RoleServiceOfficer, w.branch, branch}, {hub.RoleOfficeClerk, w.office, office},
		{hub.RoleOfficeManager, w.office, office}, {hub.RoleOperator, hub.ID{}, hub.ID{}},
		{hub.RoleAuditor, hub.ID{}, hub.ID{}}, {hub.RoleAdmin, hub.ID{}, hub.ID{}},
	} {
		w.signIn(string(c.role), w.person(string(c.role), c.role, c.at), hub.ID{})
		if !c.at.IsZero() || c.role == hub.RoleLawyer {
			name := string(c.role) + " elsewhere"
			w.signIn(name, w.person(name, c.role, c.other), hub.ID{})
		}
	}
	w.system("the court's system", hub.RoleCourtClerk, w.branch)
	w.system("a system of another court", hub.RoleCourtClerk, branch)
	w.system("the office's system", hub.RoleOfficeClerk, w.office)
	w.system("a system of another office", hub.RoleOfficeClerk, office)
	w.system("the operator's system", hub.RoleOperator, hub.ID{})
	w.system("the auditor's system", hub.RoleAuditor, hub.ID{})
}

// addCompany makes a legal person with its three representatives, who act for it; its owner calls as themselves, too.
func (w *matrixWorld) addCompany() {
	w.Helper()
	e := w.app.domain.enroller
	r, err := e.Enrol(w.Context(), w.admin, enrol.NewRecipient{Kind: hub.PersonLegal, NationalID: "10380284790", Name: "Demo",
		Mobile: "09120009999", Representative: w.numbers["an owner"]})
	w.ok(err)
	w.company = r.ID
	w.exec(`UPDATE persons SET activated_at = hub_now(), personal_code = '`+nobodysCode+`' WHERE id = $1`, r.ID)
	for name, role := range map[string]hub.Role{"a manager": hub.RoleManager, "a reader": hub.RoleReader} {
		_, err := e.Appoint(w.Context(), w.admin, enrol.NewRepresentative{LegalPerson: r.ID, NationalID: w.numbers[name], Role: role})
		w.ok(err)
	}
	w.signIn("an owner for themselves", w.people["an owner"], hub.ID{})
	for _, name := range []string{"an owner", "a manager", "a reader"} {
		w.signIn(name+" for the company", w.people[name], r.ID)
	}
}

// addPapers submits, lets arrive, opens, registers counsel, and hands a paper to the officers.
func (w *matrixWorld) addPapers() {
	w.Helper()
	d := w.app.domain
	w.citizens = w.paper("r-1", w.people["the citizen"], "judgment")
	w.companys = w.paper("r-2", w.company, "judgment")
	carried := w.paper("r-3", w.people["a stranger"], "summons")
	carried.of.Opened = false
	w.strangers = carried
	lane := hub.Lane{Channel: hub.ChannelInbox, Priority: hub.PriorityNormal}
	ids, err := d.db.Claim(w.Context(), lane, 100, 100, time.Minute)
	w.ok(err)
	w.ok(d.dispatcher.Handle(w.Context(), lane, ids))
	for _, name := range []string{"the citizen", "a manager for the company"} {
		paper := w.citizens
		if name != "the citizen" {
			paper = w.companys
		}
		opener := w.named(name).principal
		opener.SignedInAt = hub.SystemClock()
		_, err := d.dispatcher.Open(w.Context(), opener, mustID(w.T, paper.notice))
		w.ok(err)
	}
	w.attorney, err = d.enroller.RegisterAttorney(w.Context(), w.named("the court's system").principal, enrol.NewAttorney{
		Case: mustID(w.T, w.citizens.matter), Lawyer: w.people["lawyer"], Client: w.people["the citizen"], Scope: hub.AttorneyFull})
	w.ok(err)
	w.citizens.of.Attorney, w.citizens.of.At = w.attorney, hub.SystemClock().Add(time.Hour)
	w.taskPaper = carried.document
	w.ok(d.ladder.HandOver(w.Context(), w.named("the court's system").principal, mustID(w.T, carried.notice)))
	w.ok(w.sql.QueryRow(w.Context(), `SELECT id::text FROM officer_tasks WHERE notice = $1`, carried.notice).Scan(&w.task))
}

func (w *matrixWorld) named(name string) matrixPrincipal {
	w.Helper()
	for _, p := range w.principals {
		if p.name == name {
			return p
		}
	}
	w.Fatalf("nobody is %s", name)
	return matrixPrincipal{}
}

// paper submits a notice with a document, each in a case of its own.
func (w *matrixWorld) paper(reference string, to hub.ID, kind hub.Kind) matrixPaper {
	w.Helper()
	d, court := w.app.domain, w.named("the court's system").principal
	doc, err := d.intake.Accept(w.Context(), court, "file-of-"+reference+".png", "image/png", strings.NewReader(examplePNG(reference)))
	w.ok(err)
	results, err := d.dispatcher.Submit(w.Context(), court, []dispatch.Paper{{Reference: reference, Kind: kind, Subject: "subject-of-" + reference,
		Body: "body-of-" + reference, Case: dispatch.PaperCase{Number: reference, Subject: "matter-of-" + reference}, Addressee: dispatch.Addressee{Recipient: to}, Documents: []hub.ID{doc.ID}}}, nil)
	w.ok(err)
	if results[0].Err != nil {
		w.Fatal(results[0].Err)
	}
	n := results[0].Notice
	return matrixPaper{reference: reference, notice: n.ID.String(), document: doc.ID.String(), delivery: n.Deliveries[0].ID.String(),
		matter: n.Case.ID.String(), of: access.Object{Organisation: w.branch, Person: to, Opened: true}}
}

func mustID(t *testing.T, text string) hub.ID {
	t.Helper()
	id, err := hub.ParseID(text)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// exampleNationalID makes a valid national id out of a serial number.
func exampleNationalID(serial int) string {
	digits := fmt.Sprintf("001%06d", serial)
	sum := 0
	for i, c := range digits {
		sum += int(c-'0') * (10 - i)
	}
	check := sum % 11
	if check >= 2 {
		check = 11 - check
	}
	return digits + strconv.Itoa(check)
}
