package certificate_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"eblagh/hub"
	"eblagh/hub/access"
	"eblagh/hub/certificate"
	"eblagh/hub/dispatch"
	"eblagh/hub/ledger"
	"eblagh/hub/postgres"
	"eblagh/hub/postgres/pgtest"
	"eblagh/hub/reading"
	"eblagh/hub/rules"
	"eblagh/hub/seal"
	"eblagh/hub/vault"
	"eblagh/hub/verdict"
)

const origin = "ledger.example/certificate"

// world is a hub that serves papers, seals what it does, and issues certificates.
type world struct {
	*testing.T
	db         *postgres.DB
	sql        *pgx.Conn
	vault      *vault.Vault
	dispatcher *dispatch.Dispatcher
	reader     *reading.Reader
	issuer     *certificate.Issuer
	signer     *ledger.Signer
	court      access.Principal
	citizen    access.Principal
	last       string
}

func newWorld(t *testing.T) *world {
	t.Helper()
	t.Parallel() // each has a database of its own
	dir := t.TempDir()
	w := &world{T: t, db: pgtest.New(t), last: filepath.Join(dir, "checkpoint")}
	w.sql = must(pgx.Connect(t.Context(), pgtest.URL(t)))
	t.Cleanup(func() { _ = w.sql.Close(context.Background()) })
	w.vault = must(vault.Create(filepath.Join(dir, "vault.key")))
	w.dispatcher = must(dispatch.New(dispatch.Options{Queued: true, Store: w.db, Vault: w.vault, Messages: os.DirFS("../../config/messages"),
		Clock: hub.SystemClock, Logger: slog.New(slog.DiscardHandler)}))
	book := must(rules.Load(os.DirFS("../../config/rules")))
	w.reader = reading.New(reading.Options{Store: w.db, Vault: w.vault, Book: book, Clock: hub.SystemClock,
		Openings: must(reading.LoadOpenings(os.DirFS("../../config/messages")))})
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	w.signer = must(ledger.NewSigner(origin, key))
	w.issuer = certificate.New(certificate.Options{Papers: w.reader, Store: w.db, Vault: w.vault, Book: book, Profile: rules.Iran,
		Keys:  func(context.Context) (ledger.Keys, error) { return ledger.ParseKeys(w.signer.VerifierKey()) },
		Fonts: fonts(t), Key: must(certificate.OpenKey(filepath.Join(dir, "c.key"), filepath.Join(dir, "c.pem"), "Eblagh", time.Now())),
		Clock: hub.SystemClock, Verify: "https://eblagh.example/verify", Test: true})
	w.people()
	return w
}

func (w *world) people() {
	branch := hub.NewID(time.Now())
	must(w.db.AddOrganisation(w.Context(), access.Principal{Grants: []access.Grant{{Role: hub.RoleAdmin}}},
		hub.Organisation{ID: branch, Kind: hub.OrganisationBranch, Code: "1", Name: "شعبهٔ نمونه"}))
	w.court = access.Principal{Kind: access.Key, ID: hub.NewID(time.Now()), Scopes: access.Scopes,
		Grants: []access.Grant{{Role: hub.RoleCourtClerk, Organisation: branch}}}
	w.citizen = access.Principal{Kind: access.Person, ID: hub.NewID(time.Now())}
	id := w.citizen.ID.String()
	w.exec(`INSERT INTO persons (id, kind, national_id_ct, national_id_index, given_name_ct, family_name_ct, personal_code,
		activated_at) VALUES ($1, 'natural', $2, 'x', $3, $4, 'x', now())`, id, w.vault.SealText("0076229645", "persons.national_id:"+id),
		w.vault.SealText("مریم", "persons.given_name:"+id), w.vault.SealText("نمونه‌پور", "persons.family_name:"+id))
}

// submit gives a notice that waits.
func (w *world) submit(reference string) hub.ID {
	w.Helper()
	request := sha256.Sum256([]byte(reference))
	results := must(w.dispatcher.Submit(w.Context(), w.court, []dispatch.Paper{{
		Reference: reference, Kind: "judgment", Capacity: "defendant", Subject: "secret subject", Body: "secret body",
		Case:      dispatch.PaperCase{Number: "140312345678901234", Subject: "secret matter"},
		Addressee: dispatch.Addressee{Recipient: w.citizen.ID}, Channels: []hub.Channel{hub.ChannelInbox},
	}}, request[:]))
	if results[0].Err != nil {
		w.Fatal(results[0].Err)
	}
	return results[0].Notice.ID
}

func (w *world) arrive() {
	w.Helper()
	lane := hub.Lane{Channel: hub.ChannelInbox, Priority: hub.PriorityNormal}
	ids := must(w.db.Claim(w.Context(), lane, 100, 100, time.Minute))
	if err := w.dispatcher.Handle(w.Context(), lane, ids); err != nil {
		w.Fatal(err)
	}
}

// seal runs the log's writer until nothing waits.
func (w *world) seal() {
	w.Helper()
	writer := must(seal.New(seal.Options{Store: w.db.Sealing(), Origin: origin, Signers: []*ledger.Signer{w.signer},
		Memory: seal.NewFile(w.last), Logger: slog.New(slog.DiscardHandler), Every: 5 * time.Millisecond}))
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { _ = writer.Run(ctx); close(done) }()
	defer func() { cancel(); <-done }()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for range tick.C {
		if w.count(`SELECT (SELECT count(*) FROM ledger_queue) + (SELECT count(*) FROM log_checkpoints WHERE note IS NULL)
			+ (SELECT 1 - count(*) FROM ledger_writer)`) == 0 {
			return
		}
	}
}

func (w *world) exec(sql string, args ...any) {
	w.Helper()
	if _, err := w.sql.Exec(context.Background(), sql, args...); err != nil {
		w.Fatalf("%s: %v", sql, err)
	}
}

func (w *world) count(sql string, args ...any) (n int64) {
	w.Helper()
	if err := w.sql.QueryRow(context.Background(), sql, args...).Scan(&n); err != nil {
		w.Fatalf("%s: %v", sql, err)
	}
	return n
}

func (w *world) issue(p access.Principal, notice hub.ID, language string) certificate.File {
	w.Helper()
	file, err := w.issuer.Issue(w.Context(), p, notice, language)
	if err != nil {
		w.Fatal(err)
	}
	return file
}

// From submission to opening, the certificate says at each time what the sealed receipts say, and is signed once.
func TestCertificateFollowsTheReceipts(t *testing.T) {
	w := newWorld(t)
	notice := w.submit("1")
	if _, err := w.issuer.Issue(t.Context(), w.court, notice, "fa"); hub.CodeOf(err) != hub.CodeOverloaded {
		t.Fatalf("before anything is sealed: %v", err)
	}
	w.seal()
	pending := w.issue(w.court, notice, "fa")
	wants(t, pending, "گواهی عدم ابلاغ", "هنوز ابلاغ نشده", "مریم نمونه‌پور", "شعبهٔ نمونه", "۰۰۷۶۲۲۹۶۴۵", "آزمایشی")
	w.arrive()
	w.seal()
	wants(t, w.issue(w.court, notice, "fa"), "گواهی ابلاغ", "ابلاغ قانونی", "به صندوق مخاطب رسید")
	must(w.dispatcher.Open(t.Context(), w.citizen, notice))
	w.seal()
	served := w.issue(w.court, notice, "en")
	wants(t, served, "Certificate of service", "Actual service", "The addressee opened it", "bylaw 13", "ir.on_arrival/1")
	if text := extract(t, served.PDF); strings.Contains(text, "secret") {
		t.Error("the certificate tells what the paper says")
	}
	// Nothing new happened: the same file, whoever asks; and the receipt of the certificate does not make another.
	w.seal()
	for _, p := range []access.Principal{w.court, w.citizen} {
		if again := w.issue(p, notice, "en"); !bytes.Equal(again.PDF, served.PDF) || again.Name != served.Name {
			t.Error("a second certificate says the same")
		}
	}
	if n := w.count(`SELECT count(*) FROM receipts WHERE event = 'eblagh:CertificateIssued' AND notice = $1`, notice.String()); n != 3 {
		t.Errorf("%d receipts of certificates, want 3", n)
	}
	if n := w.count(`SELECT count(*) FROM trail WHERE action = 'certificate.read' AND object = $1`, notice.String()); n < 5 {
		t.Errorf("%d looks were recorded", n)
	}
	if w.count(`SELECT count(*) FROM certificates WHERE position('%PDF'::bytea IN pdf_ct) > 0`) != 0 {
		t.Error("certificates lie in plain in the database")
	}
}

// eblagh verify holds the file against the receipt that sealed its digest.
func TestIssuedCertificateVerifies(t *testing.T) {
	w := newWorld(t)
	notice := w.submit("1")
	w.arrive()
	w.seal()
	file := w.issue(w.court, notice, "fa")
	w.seal()
	bundle := must(must(w.reader.Evidence(t.Context(), w.court, notice, 0)).Marshal())
	q := verdict.Request{Bundle: bundle, Keys: must(ledger.ParseKeys(w.signer.VerifierKey())), Certificate: file.PDF}
	if r := verdict.Of(q); r.Result != verdict.Holds {
		t.Fatalf("%s: %+v", r.Result, r.Checks)
	}
	q.Certificate = bytes.Clone(file.PDF)
	q.Certificate[len(q.Certificate)/3] ^= 1
	if r := verdict.Of(q); r.Result != verdict.Failed {
		t.Errorf("a changed certificate: %s", r.Result)
	}
}

func TestWhoMayHaveACertificate(t *testing.T) {
	w := newWorld(t)
	notice := w.submit("1")
	w.seal()
	stranger := access.Principal{Kind: access.Person, ID: hub.NewID(time.Now())}
	otherCourt := w.court
	otherCourt.Grants = []access.Grant{{Role: hub.RoleCourtClerk, Organisation: hub.NewID(time.Now())}}
	noScope := w.court
	noScope.Scopes = []access.Scope{access.ScopeNoticesRead}
	check := func(who string, p access.Principal, want hub.Code) {
		t.Helper()
		if _, err := w.issuer.Issue(t.Context(), p, notice, "fa"); hub.CodeOf(err) != want {
			t.Errorf("%s: %v, want %q", who, err, want)
		}
	}
	check("a stranger", stranger, hub.CodeNotFound)
	check("another court", otherCourt, hub.CodeNotFound)
	check("a key without the scope", noScope, hub.CodeForbidden)
	check("nobody", access.Principal{}, hub.CodeUnauthorized)
	check("the addressee before it arrived", w.citizen, hub.CodeNotFound)
	w.arrive()
	w.seal()
	check("the addressee before opening", w.citizen, hub.CodeWrongState)
	must(w.dispatcher.Open(t.Context(), w.citizen, notice))
	w.seal()
	check("the addressee", w.citizen, "")
	if _, err := w.issuer.Issue(t.Context(), w.court, notice, "de"); hub.CodeOf(err) != hub.CodeValidation {
		t.Errorf("a third language: %v", err)
	}
}

// Many ask at once, and one certificate comes of it.
func TestOneCertificateOfManyRequests(t *testing.T) {
	w := newWorld(t)
	notice := w.submit("1")
	w.arrive()
	w.seal()
	files := make([]certificate.File, 6)
	var wg sync.WaitGroup
	for i := range files {
		wg.Go(func() { files[i], _ = w.issuer.Issue(t.Context(), w.court, notice, "fa") })
	}
	wg.Wait()
	for _, f := range files {
		if len(f.PDF) == 0 || !bytes.Equal(f.PDF, files[0].PDF) {
			t.Fatal("requests at the same time got different files")
		}
	}
	if n := w.count(`SELECT count(*) FROM receipts WHERE event = 'eblagh:CertificateIssued'`); n != 1 {
		t.Errorf("%d receipts", n)
	}
}

// What was tampered with is not certified, and a kept file that was changed is not given.
func TestNothingTamperedIsCertified(t *testing.T) {
	w := newWorld(t)
	notice := w.submit("1")
	w.arrive()
	w.seal()
	w.issue(w.court, notice, "en")
	w.exec(`SET session_replication_role = replica`)
	w.exec(`UPDATE certificates SET pdf_ct = set_byte(pdf_ct, 300, get_byte(pdf_ct, 300) # 1)`)
	if _, err := w.issuer.Issue(t.Context(), w.court, notice, "en"); !errors.Is(err, vault.ErrSealed) {
		t.Errorf("a changed certificate was given: %v", err)
	}
	w.exec(`UPDATE receipts SET at = at - interval '1 day' WHERE event = 'ContentConsignment'`)
	if _, err := w.issuer.Issue(t.Context(), w.court, notice, "fa"); hub.CodeOf(err) != hub.CodeInternal || !strings.Contains(err.Error(), "does not hold") {
		t.Errorf("a back-dated arrival was certified: %v", err)
	}
}

func wants(t *testing.T, f certificate.File, want ...string) {
	t.Helper()
	text := extract(t, f.PDF)
	for _, text2 := range want {
		if !strings.Contains(text, bare(text2)) {
			t.Errorf("the certificate does not say %q: %s", text2, text)
		}
	}
}
