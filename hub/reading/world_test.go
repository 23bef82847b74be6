package reading_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/jackc/pgx/v5"

	"eblagh/hub"
	"eblagh/hub/access"
	"eblagh/hub/postgres"
	"eblagh/hub/postgres/pgtest"
	"eblagh/hub/reading"
	"eblagh/hub/rules"
	"eblagh/hub/vault"
)

// What every paper of these tests says. None of it may be found where a paper is not opened.
const (
	secretSubject = "secret subject"
	secretBody    = "secret body"
	secretMatter  = "secret matter"
	secretName    = "secret name.pdf"
	secretBytes   = "secret bytes"
)

// world is a hub with papers that tests put there as dispatch would.
type world struct {
	*testing.T
	db     *postgres.DB
	sql    *pgx.Conn // the superuser's, past everything
	vault  *vault.Vault
	reader *reading.Reader
	number int
}

func newWorld(t *testing.T) *world {
	t.Helper()
	t.Parallel() // each world has a database of its own
	w := &world{T: t, db: pgtest.New(t)}
	var err error
	if w.sql, err = pgx.Connect(t.Context(), pgtest.URL(t)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.sql.Close(context.Background()) })
	if w.vault, err = vault.Create(filepath.Join(t.TempDir(), "keys")); err != nil {
		t.Fatal(err)
	}
	w.reader = w.newReader(w.vault)
	return w
}

// newReader reads the database of this world through a vault.
func (w *world) newReader(v reading.Vault) *reading.Reader {
	w.Helper()
	book, err := rules.Load(os.DirFS("../../config/rules"))
	if err != nil {
		w.Fatal(err)
	}
	openings, err := reading.LoadOpenings(os.DirFS("../../config/messages"))
	if err != nil {
		w.Fatal(err)
	}
	return reading.New(reading.Options{Store: w.db, Vault: v, Bytes: w, Book: book, Openings: openings, Clock: hub.SystemClock})
}

// Bytes implements reading.Bytes.
func (w *world) Bytes(context.Context, hub.Document) ([]byte, error) { return []byte(secretBytes), nil }

func (w *world) exec(sql string, args ...any) {
	w.Helper()
	for i, arg := range args {
		if id, ok := arg.(hub.ID); ok {
			args[i] = id.String()
		}
	}
	if _, err := w.sql.Exec(w.Context(), sql, args...); err != nil {
		w.Fatal(err)
	}
}

func newID() hub.ID { return hub.NewID(hub.SystemClock()) }

func (w *world) organisation(kind hub.OrganisationKind) hub.ID {
	w.Helper()
	id := newID()
	w.exec(`INSERT INTO organisations (id, kind, code, name) VALUES ($1, $2, $3, 'Branch of ' || $3)`, id, kind, id.String())
	return id
}

// person is an enrolled natural person.
func (w *world) person() access.Principal {
	w.Helper()
	id := newID()
	w.exec(`INSERT INTO persons (id, kind, national_id_ct, national_id_index, given_name_ct, family_name_ct, language)
		VALUES ($1, 'natural', 'x', $2, $3, $4, 'en')`, id, id[:],
		w.vault.SealText("Given", "persons.given_name:"+id.String()), w.vault.SealText("Family", "persons.family_name:"+id.String()))
	return access.Principal{Kind: access.Person, ID: id}
}

// at gives a person or key with a role at organisations.
func at(p access.Principal, role hub.Role, organisations ...hub.ID) access.Principal {
	for _, id := range organisations {
		p.Grants = append(p.Grants, access.Grant{Role: role, Organisation: id})
	}
	if len(organisations) == 0 {
		p.Grants = append(p.Grants, access.Grant{Role: role})
	}
	return p
}

// key is an API key with every scope that its role can have.
func key(role hub.Role, organisations ...hub.ID) access.Principal {
	return at(access.Principal{Kind: access.Key, ID: newID(), Scopes: access.ScopesOf(role)}, role, organisations...)
}

// paper is one notice in the making.
type paper struct {
	submitter hub.ID
	branch    hub.ID // zero: the submitter
	recipient hub.ID
	kind      hub.Kind
	number    string // of the case
}

// submit takes a paper with one document and both deliveries in, as hub/dispatch does.
func (w *world) submit(p paper) (notice, document hub.ID) {
	w.Helper()
	notice, document = newID(), newID()
	if p.branch.IsZero() {
		p.branch = p.submitter
	}
	if p.kind == "" {
		p.kind = "judgment"
	}
	if p.number == "" {
		p.number = "140312345678901234"
	}
	w.number++
	sum := sha256.Sum256([]byte(document.String()))
	w.exec(`INSERT INTO documents (id, submitter, sha256, size, media_type, file_name_ct) VALUES ($1, $2, $3, 12, 'application/pdf', $4)`,
		document, p.submitter, sum[:], w.vault.SealText(secretName, "documents.file_name:"+document.String()))
	matter := w.matter(p)
	w.exec(`INSERT INTO notices (id, number, reference, submitter, case_id, kind, capacity, recipient, subject_ct, body_ct,
		documents, parts, channels, priority, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, 'accused', $7, $8, $9, ARRAY[$10]::uuid[], '{"subject": "guess", "documents": ["5a5a5a5a5a5a5a5a5a5a"]}',
		'{inbox,sms}', 'normal', hub_now())`, notice, fmt.Sprintf("1405%014d", w.number), fmt.Sprintf("ref-%d", w.number),
		p.submitter, matter, p.kind, p.recipient, w.vault.SealText(secretSubject, "notices.subject:"+notice.String()),
		w.vault.SealText(secretBody, "notices.body:"+notice.String()), document)
	w.exec(`INSERT INTO notice_refs (submitter, reference, notice) SELECT submitter, reference, id FROM notices WHERE id = $1`, notice)
	w.exec(`INSERT INTO deliveries (id, notice, recipient, submitter, channel, priority, due_at)
		SELECT unnest(ARRAY[$2, $3]::uuid[]), id, recipient, submitter, unnest('{inbox,sms}'::text[]), priority, hub_now()
		FROM notices WHERE id = $1`, notice, newID(), newID())
	w.exec(`INSERT INTO parties (party, case_id) SELECT n.submitter, c.id FROM notices n JOIN cases c ON c.id = n.case_id
		WHERE n.id = $1 AND c.branch <> n.submitter ON CONFLICT DO NOTHING`, notice)
	w.receipt(notice, hub.EventSubmissionAcceptance)
	return notice, document
}

func (w *world) matter(p paper) hub.ID {
	id := newID()
	w.exec(`INSERT INTO cases (id, branch, number, number_typed, subject_ct) VALUES ($1, $2, $3, $3, $4) ON CONFLICT DO NOTHING`,
		id, p.branch, p.number, w.vault.SealText(secretMatter, "cases.subject:"+id.String()))
	var text string
	err := w.sql.QueryRow(w.Context(), `SELECT id::text FROM cases WHERE branch = $1 AND number = $2`, p.branch.String(), p.number).
		Scan(&text)
	if err != nil {
		w.Fatal(err)
	}
	id, err = hub.ParseID(text)
	if err != nil {
		w.Fatal(err)
	}
	return id
}

func (w *world) receipt(notice hub.ID, event hub.Event) {
	w.Helper()
	w.exec(`INSERT INTO receipts (id, event, at, notice, submitter, case_id, recipient, capacity, actor_kind, details)
		SELECT $2, $3, hub_now(), id, submitter, case_id, recipient, capacity, 'system', jsonb_build_object('parts', parts)
		FROM notices WHERE id = $1`, notice, newID(), event)
}

func (w *world) arrive(notices ...hub.ID) {
	w.Helper()
	for _, notice := range notices {
		w.exec(`INSERT INTO inbox (recipient, cursor, notice, submitter, arrived_at)
			SELECT n.recipient, 1 + (SELECT count(*) FROM inbox i WHERE i.recipient = n.recipient), n.id, n.submitter, hub_now()
			FROM notices n WHERE n.id = $1`, notice)
		w.exec(`INSERT INTO parties (party, case_id) SELECT recipient, case_id FROM notices WHERE id = $1 ON CONFLICT DO NOTHING`, notice)
		w.setDelivery(notice, "inbox", "delivered")
		w.receipt(notice, hub.EventContentConsignment)
	}
}

func (w *world) setDelivery(notice hub.ID, channel, status string) {
	w.Helper()
	w.exec(`UPDATE deliveries SET status = $3, due_at = NULL, updated_at = hub_now() WHERE notice = $1 AND channel = $2`,
		notice, channel, status)
}

func (w *world) open(notices ...hub.ID) {
	w.Helper()
	for _, notice := range notices {
		w.exec(`INSERT INTO opens (notice, recipient, submitter, person, opened_at)
			SELECT id, recipient, submitter, recipient, hub_now() FROM notices WHERE id = $1`, notice)
		w.receipt(notice, hub.EventContentHandover)
	}
}

// looks lists what was recorded of a principal, oldest first: action, object, ground and count.
func (w *world) looks(p access.Principal) []string {
	w.Helper()
	rows, _ := w.sql.Query(w.Context(), `SELECT action || ' ' || coalesce(object::text, '-') || ' ' || ground || ' ' || count
		FROM trail WHERE principal = $1 AND kind = $2 ORDER BY at`, p.ID.String(), p.Kind)
	looks, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		w.Fatal(err)
	}
	return looks
}

func code(w *testing.T, what string, err error, want hub.Code) {
	w.Helper()
	if hub.CodeOf(err) != want {
		w.Errorf("%s: got %v, want %q", what, err, want)
	}
}
