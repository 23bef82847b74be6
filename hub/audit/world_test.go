package audit_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"eblagh/hub"
	"eblagh/hub/access"
	"eblagh/hub/audit"
	"eblagh/hub/dispatch"
	"eblagh/hub/document"
	"eblagh/hub/ledger"
	"eblagh/hub/postgres"
	"eblagh/hub/postgres/pgtest"
	"eblagh/hub/seal"
	"eblagh/hub/typeset"
	"eblagh/hub/vault"
)

var errStop = errors.New("stopped")

const origin = "ledger.example/audit"

// world is a hub that has served papers and sealed what it did. sql is the adversary's: a superuser past every trigger.
type world struct {
	*testing.T
	db         *postgres.DB
	sql        *pgx.Conn
	vault      *vault.Vault
	intake     *document.Intake
	dispatcher *dispatch.Dispatcher
	signer     *ledger.Signer
	keys       ledger.Keys
	court      access.Principal
	citizen    access.Principal
	notices    []hub.ID
	documents  []hub.Document
	fonts      *typeset.Fonts
	last       string // the writer's own memory of its last checkpoint
}

func newWorld(t *testing.T) *world {
	t.Helper()
	t.Parallel() // each has a database of its own
	w := &world{T: t, db: pgtest.New(t), last: filepath.Join(t.TempDir(), "checkpoint")}
	w.sql = must(pgx.Connect(t.Context(), pgtest.URL(t)))
	t.Cleanup(func() { _ = w.sql.Close(context.Background()) })
	w.exec(`SET session_replication_role = replica`) // no trigger stops a superuser
	w.vault = must(vault.Create(filepath.Join(t.TempDir(), "vault.key")))
	w.intake = document.New(document.Options{Store: w.db, Blobs: w.db, Vault: w.vault, Clock: hub.SystemClock})
	w.dispatcher = must(dispatch.New(dispatch.Options{Store: w.db, Vault: w.vault, Messages: os.DirFS("../../config/messages"),
		Clock: hub.SystemClock, Logger: slog.New(slog.DiscardHandler)}))
	_, key := must2(ed25519.GenerateKey(rand.Reader))
	w.signer = must(ledger.NewSigner(origin, key))
	w.keys = must(ledger.ParseKeys(w.signer.VerifierKey()))
	w.people()
	for i := range 3 {
		w.serve(i)
	}
	w.seal()
	return w
}

// people enrols a court's system and a citizen.
func (w *world) people() {
	branch := hub.NewID(time.Now())
	must(w.db.AddOrganisation(w.Context(), access.Principal{Grants: []access.Grant{{Role: hub.RoleAdmin}}},
		hub.Organisation{ID: branch, Kind: hub.OrganisationBranch, Code: "1", Name: "نمونه"}))
	w.court = access.Principal{Kind: access.Key, ID: hub.NewID(time.Now()), Scopes: access.Scopes,
		Grants: []access.Grant{{Role: hub.RoleCourtClerk, Organisation: branch}}}
	w.citizen = access.Principal{Kind: access.Person, ID: hub.NewID(time.Now())}
	w.exec(`INSERT INTO persons (id, kind, national_id_ct, national_id_index, given_name_ct, family_name_ct, personal_code,
		activated_at) VALUES ($1, 'natural', 'x', 'x', 'x', 'x', 'x', now())`, w.citizen.ID.String())
}

// serve submits a paper with a document of its own, lets it arrive, and has it opened.
func (w *world) serve(i int) {
	w.Helper()
	pdf := w.pdf(fmt.Sprintf("paper %d", i))
	d := must(w.intake.Accept(w.Context(), w.court, "paper.pdf", "application/pdf", bytes.NewReader(pdf)))
	request := sha256.Sum256([]byte{byte(i)})
	results := must(w.dispatcher.Submit(w.Context(), w.court, []dispatch.Paper{{
		Reference: fmt.Sprintf("audit-%d", i), Kind: "judgment", Capacity: "defendant", Subject: "subject", Body: "body",
		Case:      dispatch.PaperCase{Number: "140312345678901234", Subject: "matter"},
		Addressee: dispatch.Addressee{Recipient: w.citizen.ID}, Documents: []hub.ID{d.ID}, Channels: []hub.Channel{hub.ChannelInbox},
	}}, request[:]))
	if results[0].Err != nil {
		w.Fatal(results[0].Err)
	}
	lane := hub.Lane{Channel: hub.ChannelInbox, Priority: hub.PriorityNormal}
	ids := must(w.db.Claim(w.Context(), lane, 100, 100, time.Minute))
	if err := w.dispatcher.Handle(w.Context(), lane, ids); err != nil {
		w.Fatal(err)
	}
	w.notices, w.documents = append(w.notices, results[0].Notice.ID), append(w.documents, d)
	must(w.dispatcher.Open(w.Context(), w.citizen, results[0].Notice.ID))
}

// pdf is a small paper.
func (w *world) pdf(text string) []byte {
	w.Helper()
	if w.fonts == nil {
		w.fonts = must(typeset.LoadFonts())
	}
	d := typeset.New(w.fonts, typeset.About{Title: "Paper", Language: typeset.English})
	d.Paragraph(text)
	return must(d.Bytes())
}

// seal runs the writer until nothing waits.
func (w *world) seal() {
	w.Helper()
	writer := must(seal.New(seal.Options{Store: w.db.Sealing(), Origin: origin, Signers: []*ledger.Signer{w.signer},
		Memory: seal.NewFile(w.last), Logger: slog.New(slog.DiscardHandler), Batch: 4, Every: 5 * time.Millisecond}))
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
		if w.Context().Err() != nil {
			w.Fatal("never sealed")
		}
	}
}

// options allow more time to seal than any machine takes that the tests run on.
func (w *world) options() audit.Options {
	return audit.Options{Store: w.db.Audit(), Keys: w.keys, Vault: w.vault, Bytes: w.intake, Limit: time.Hour}
}

// audit looks at everything and gives the kinds of fault that were found, with what they are of.
func (w *world) audit(o audit.Options) audit.Report {
	w.Helper()
	r, err := audit.Run(w.Context(), o)
	if err != nil {
		w.Fatal(err)
	}
	return r
}

// harmed lists the tables that the adversary writes to.
var harmed = []string{"receipts", "log_leaves", "log_tiles", "log_checkpoints", "log_keys", "inbox", "opens", "notices",
	"documents", "document_bytes", "erasures"}

// save keeps a copy of every table, from which mend makes them what they were.
func (w *world) save() {
	w.Helper()
	for _, table := range harmed {
		w.exec(`CREATE TABLE saved_` + table + ` AS TABLE ` + table)
	}
	w.exec(`CREATE TABLE log_leaves_swapped (index bigint, receipt uuid)`)
}

func (w *world) mend() {
	w.Helper()
	for _, table := range harmed {
		w.exec(`DELETE FROM ` + table)
		w.exec(`INSERT INTO ` + table + ` SELECT * FROM saved_` + table)
	}
	w.exec(`DELETE FROM log_leaves_swapped`)
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

func (w *world) text(sql string, args ...any) (s string) {
	w.Helper()
	if err := w.sql.QueryRow(context.Background(), sql, args...).Scan(&s); err != nil {
		w.Fatalf("%s: %v", sql, err)
	}
	return s
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func must2[A, B any](a A, b B, err error) (A, B) {
	if err != nil {
		panic(err)
	}
	return a, b
}
