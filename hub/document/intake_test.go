package document_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"io"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"github.com/pdfcpu/pdfcpu/pkg/api"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/model"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/types"

	"eblagh/hub"
	"eblagh/hub/access"
	"eblagh/hub/document"
	"eblagh/hub/postgres"
	"eblagh/hub/postgres/pgtest"
	"eblagh/hub/typeset"
	"eblagh/hub/vault"
)

const pdfType = "application/pdf"

// world is an Intake on a database of its own, with two branches that submit.
type world struct {
	*document.Intake
	t        *testing.T
	db       *postgres.DB
	sql      *sql.DB
	vault    *vault.Vault
	branches [2]access.Principal
}

func newWorld(t *testing.T) *world {
	t.Helper()
	keys, err := vault.Create(filepath.Join(t.TempDir(), "vault.key"))
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, db: pgtest.New(t), vault: keys}
	if w.sql, err = sql.Open("pgx", pgtest.URL(t)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.sql.Close() })
	for i := range w.branches {
		id := hub.NewID(time.Now())
		admin := access.Principal{Grants: []access.Grant{{Role: hub.RoleAdmin}}}
		if _, err := w.db.AddOrganisation(t.Context(), admin, hub.Organisation{ID: id, Kind: hub.OrganisationBranch,
			Code: string(rune('a' + i)), Name: "نمونه"}); err != nil {
			t.Fatal(err)
		}
		w.branches[i] = access.Principal{Kind: access.Key, ID: hub.NewID(time.Now()), Scopes: access.Scopes,
			Grants: []access.Grant{{Role: hub.RoleCourtClerk, Organisation: id}}}
	}
	w.Intake = document.New(document.Options{Store: w.db, Blobs: w.db, Vault: keys, Clock: hub.SystemClock})
	return w
}

func (w *world) accept(p access.Principal, name string, content []byte) hub.Document {
	w.t.Helper()
	d, err := w.Accept(w.t.Context(), p, name, pdfType, bytes.NewReader(content))
	if err != nil {
		w.t.Fatal(err)
	}
	return d
}

func (w *world) count(query string, args ...any) (n int) {
	w.t.Helper()
	if err := w.sql.QueryRowContext(w.t.Context(), query, args...).Scan(&n); err != nil {
		w.t.Fatal(err)
	}
	return n
}

func TestDocumentIsKeptOncePerSubmitterAndSealed(t *testing.T) {
	w := newWorld(t)
	content := document.Paper("")
	first := w.accept(w.branches[0], `C:\court\دادنامه.pdf`, content)
	if first.SHA256 != sha256.Sum256(content) || first.Size != int64(len(content)) || first.MediaType != pdfType ||
		first.FileName != "دادنامه.pdf" || first.CreatedAt.IsZero() || first.Submitter != w.branches[0].Grants[0].Organisation {
		t.Errorf("document %+v", first)
	}
	if again := w.accept(w.branches[0], "other.pdf", content); again != first {
		t.Errorf("the same bytes again: %+v, want %+v", again, first)
	}
	if other := w.accept(w.branches[1], "x.pdf", content); other.ID == first.ID {
		t.Error("another submitter was given the same document")
	}
	var sealed []byte
	if err := w.sql.QueryRow(`SELECT bytes_ct FROM document_bytes WHERE document = $1`, first.ID.String()).Scan(&sealed); err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(sealed, content[:20]) || w.count(`SELECT count(*) FROM documents WHERE position('دادنامه'::bytea IN file_name_ct) > 0`) > 0 {
		t.Error("plain content stands in the database")
	}
	got, err := w.Bytes(t.Context(), first)
	if err != nil || !bytes.Equal(got, content) {
		t.Errorf("Bytes gave %d bytes, %v", len(got), err)
	}
}

func TestRealPapersAreTaken(t *testing.T) {
	w := newWorld(t)
	fonts, err := typeset.LoadFonts()
	if err != nil {
		t.Fatal(err)
	}
	set := typeset.New(fonts, typeset.About{Title: "اخطاریه", Language: typeset.Persian})
	set.Heading("اخطاریه")
	set.Paragraph("این یک نمونه است.")
	persian, err := set.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	var packed bytes.Buffer // with object and cross-reference streams, as most writers make them today
	conf := &model.Configuration{Reader15: true, ValidationMode: model.ValidationRelaxed, WriteObjectStream: true,
		WriteXRefStream: true, Optimize: true, Eol: types.EolLF, Limits: model.DefaultResourceLimits(), Cmd: model.OPTIMIZE}
	if err := api.Optimize(bytes.NewReader(persian), &packed, conf); err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(packed.Bytes(), []byte("/ObjStm")) {
		t.Fatal("the packed paper has no object streams")
	}
	for name, content := range map[string][]byte{"set here": persian, "packed": packed.Bytes()} {
		if _, err := w.Accept(t.Context(), w.branches[0], name, pdfType, bytes.NewReader(content)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// endless gives bytes for ever and counts them.
type endless struct{ given int }

func (e *endless) Read(p []byte) (int, error) {
	e.given += len(p)
	return len(p), nil
}

func TestWhatCannotBeTakenLeavesNothing(t *testing.T) {
	w := newWorld(t)
	body := &endless{}
	_, err := w.Accept(t.Context(), w.branches[0], "x.pdf", pdfType, body)
	if hub.CodeOf(err) != hub.CodeTooLarge || body.given > document.MaxSize+1 {
		t.Errorf("endless body: %v after %d bytes", err, body.given)
	}
	gone := errors.New("connection lost")
	_, err = w.Accept(t.Context(), w.branches[0], "x.pdf", pdfType,
		io.MultiReader(bytes.NewReader(document.Paper("")), iotest.ErrReader(io.ErrUnexpectedEOF)))
	if hub.CodeOf(err) != hub.CodeValidation {
		t.Errorf("a body that broke off gives %v", err)
	}
	_, err = w.Accept(t.Context(), w.branches[0], "x.pdf", pdfType, io.MultiReader(strings.NewReader("%PDF-1.7"), iotest.ErrReader(gone)))
	if !errors.Is(err, gone) {
		t.Errorf("body that breaks off: %v", err)
	}
	for mediaType, want := range map[string]hub.Code{"": hub.CodeUnsupportedDocument, "text/html": hub.CodeUnsupportedDocument,
		"application/pdf; charset=binary": "", "Application/PDF": "", "application/pdf;": "", ";;": hub.CodeUnsupportedDocument} {
		_, err := w.Accept(t.Context(), w.branches[0], "", mediaType, bytes.NewReader(document.Paper("")))
		if hub.CodeOf(err) != want {
			t.Errorf("declared as %q: %v, want %q", mediaType, err, want)
		}
	}
	for name, p := range map[string]access.Principal{
		"citizen":  {Kind: access.Person, ID: hub.NewID(time.Now())},
		"operator": {Kind: access.Key, ID: hub.NewID(time.Now()), Scopes: access.Scopes, Grants: []access.Grant{{Role: hub.RoleOperator}}},
	} {
		_, err := w.Accept(t.Context(), p, "x.pdf", pdfType, bytes.NewReader(document.Paper("")))
		if hub.CodeOf(err) != hub.CodeForbidden {
			t.Errorf("%s: %v", name, err)
		}
	}
	if n := w.count(`SELECT count(*) FROM documents`); n != 1 { // the one that was declared right, thrice
		t.Errorf("%d documents are kept, want 1", n)
	}
}

func TestBytesAreThoseThatWereTakenIn(t *testing.T) {
	w := newWorld(t)
	one := w.accept(w.branches[0], "1.pdf", document.Paper(""))
	two := w.accept(w.branches[0], "2.pdf", document.Paper("/Lang(fa)"))
	put := func(sealed []byte) {
		t.Helper()
		if _, err := w.sql.Exec(`UPDATE document_bytes SET bytes_ct = $2 WHERE document = $1`, one.ID.String(), sealed); err != nil {
			t.Fatal(err)
		}
	}
	swapped, err := w.db.GetBytes(t.Context(), two.ID)
	if err != nil {
		t.Fatal(err)
	}
	put(swapped)
	if _, err := w.Bytes(t.Context(), one); !errors.Is(err, vault.ErrSealed) {
		t.Errorf("another document's bytes: %v", err)
	}
	put(w.vault.Seal([]byte("forged"), "documents.bytes:"+one.ID.String()))
	if _, err := w.Bytes(t.Context(), one); !errors.Is(err, document.ErrAltered) {
		t.Errorf("bytes sealed anew: %v", err)
	}
	if _, err := w.Bytes(t.Context(), hub.Document{ID: hub.NewID(time.Now())}); hub.CodeOf(err) != hub.CodeNotFound {
		t.Errorf("bytes that are not there: %v", err)
	}
}

// faultyBlobs fails as often as told, before or after it took effect.
type faultyBlobs struct {
	document.Blobs
	before, after int
}

var errFault = errors.New("fault")

func (b *faultyBlobs) PutBytes(ctx context.Context, id hub.ID, sealed []byte) error {
	if b.before > 0 {
		b.before--
		return errFault
	}
	err := b.Blobs.PutBytes(ctx, id, sealed)
	if b.after > 0 {
		b.after--
		return errFault
	}
	return err
}

func TestUploadThatFailedHalfwayIsHealedByTheNext(t *testing.T) {
	for name, blobs := range map[string]*faultyBlobs{"before the bytes": {before: 1}, "after the bytes": {after: 1}} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			blobs.Blobs = w.db
			in := document.New(document.Options{Store: w.db, Blobs: blobs, Vault: w.vault, Clock: hub.SystemClock})
			if _, err := in.Accept(t.Context(), w.branches[0], "x.pdf", pdfType, bytes.NewReader(document.Paper(""))); !errors.Is(err, errFault) {
				t.Errorf("first: %v", err)
			}
			d, err := in.Accept(t.Context(), w.branches[0], "x.pdf", pdfType, bytes.NewReader(document.Paper("")))
			if err != nil {
				t.Errorf("again: %v", err)
			}
			if _, err := in.Bytes(t.Context(), d); err != nil {
				t.Errorf("bytes: %v", err)
			}
		})
	}
}

func TestSameBytesAtOnceAreOneDocument(t *testing.T) {
	w := newWorld(t)
	ids := make([]hub.ID, 8)
	var wg sync.WaitGroup
	for i := range ids {
		wg.Go(func() {
			d, err := w.Accept(t.Context(), w.branches[0], "x.pdf", pdfType, bytes.NewReader(document.Paper("")))
			if err != nil {
				t.Error(err)
				return
			}
			if _, err := w.Bytes(t.Context(), d); err != nil {
				t.Errorf("answered before the bytes were there: %v", err)
			}
			ids[i] = d.ID
		})
	}
	wg.Wait()
	for _, id := range ids {
		if id != ids[0] {
			t.Fatalf("ids %v", ids)
		}
	}
	if d, b := w.count(`SELECT count(*) FROM documents`), w.count(`SELECT count(*) FROM document_bytes`); d != 1 || b != 1 {
		t.Errorf("%d documents with %d bytes", d, b)
	}
}

func TestFileNameShowsWhatItIs(t *testing.T) {
	long := strings.Repeat("ن", 300) + ".pdf"
	for name, want := range map[string]string{
		"a.pdf": "a.pdf", "../../etc/passwd": "passwd", `..\..\x.pdf`: "x.pdf", "/": "", "": "", "..": "", ".": "",
		"a\x00b\n.pdf": "ab.pdf", "cod\u202efdp.exe": "codfdp.exe", "\xff\xfea.pdf": "a.pdf", "می\u200cرود.pdf": "می\u200cرود.pdf",
		long: strings.Repeat("ن", 196) + ".pdf", " a .pdf ": "a .pdf",
	} {
		if got := document.CleanName(name); got != want {
			t.Errorf("%q became %q, want %q", name, got, want)
		}
	}
}
