package audit_test

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"eblagh/hub"
	"eblagh/hub/audit"
	"eblagh/hub/document"
)

func TestNothingIsWrong(t *testing.T) {
	w := newWorld(t)
	r := w.audit(w.options())
	if r.Faults != 0 || r.Notices != 0 {
		t.Fatalf("%+v", r.Findings)
	}
	// One change of keys; acceptance, arrival and opening of three papers.
	for phase, want := range map[audit.Phase]int64{audit.PhaseLog: 10, audit.PhaseReceipts: 9, audit.PhaseArrivals: 3,
		audit.PhaseOpenings: 3, audit.PhaseNotices: 3, audit.PhaseDocuments: 3} {
		if r.Looked[phase] != want {
			t.Errorf("looked at %d of %s, want %d", r.Looked[phase], phase, want)
		}
	}
	if !strings.Contains(r.Checkpoint, origin) {
		t.Errorf("as of %q", r.Checkpoint)
	}
}

// harm is one thing that somebody with the database in hand can do, and what must be named for it.
type harm struct {
	name string
	do   func(w *world) (of string)
	want audit.Kind
}

const aReceipt = `(SELECT receipt FROM log_leaves WHERE index = 4)`

func harms() []harm {
	receipt := func(w *world) string { return w.text(`SELECT ` + aReceipt + `::text`) }
	change := func(set string) func(*world) string {
		return func(w *world) string {
			w.exec(`UPDATE receipts SET ` + set + ` WHERE id = ` + aReceipt)
			return receipt(w)
		}
	}
	sql := func(of string, statements ...string) func(*world) string {
		return func(w *world) string {
			for _, s := range statements {
				w.exec(s)
			}
			return of
		}
	}
	list := []harm{
		{"a receipt back-dated", change(`at = at - interval '1 day'`), audit.ReceiptChanged},
		{"a receipt's record back-dated", change(`recorded_at = recorded_at - interval '1 microsecond'`), audit.ReceiptChanged},
		{"a receipt removed", func(w *world) string {
			of := receipt(w)
			w.exec(`DELETE FROM receipts WHERE id = $1`, of)
			return of
		}, audit.ReceiptMissing},
		{"two receipts swapped", func(w *world) string {
			of := receipt(w)
			w.exec(`WITH pair AS (DELETE FROM log_leaves WHERE index IN (4, 5) RETURNING index, receipt)
				INSERT INTO log_leaves_swapped SELECT 9 - index, receipt FROM pair`)
			w.exec(`INSERT INTO log_leaves SELECT * FROM log_leaves_swapped`)
			return of
		}, audit.ReceiptChanged},
		{"a receipt added past the log", func(w *world) string {
			of := hub.NewID(time.Now()).String()
			w.exec(`INSERT INTO receipts (id, event, at, recorded_at, notice, actor_kind) VALUES ($1, 'ContentConsignment',
				now() - interval '1 day', now() - interval '1 day', $2, 'system')`, of, w.notices[0].String())
			return of
		}, audit.ReceiptUnsealed},
		{"an entry's row removed", sql("4", `DELETE FROM log_leaves WHERE index = 4`), audit.EntryWithout},
		{"a key's row removed", sql("0", `DELETE FROM log_keys`), audit.EntryWithout},
		{"a row beyond the log", sql("", `INSERT INTO log_leaves (index, receipt) VALUES (4000, gen_random_uuid())`), audit.LeafBeyond},
		{"a byte of the entries", sql("4", `UPDATE log_tiles SET bytes = set_byte(bytes, length(bytes) / 2, get_byte(bytes, length(bytes) / 2) # 1) WHERE level = -1`), ""},
		{"a byte of the hashes", sql("tile/0/000.p/10", `UPDATE log_tiles SET bytes = set_byte(bytes, 150, get_byte(bytes, 150) # 1) WHERE level = 0`), audit.TileChanged},
		{"the entries' tile removed", sql("tile/entries/000.p/10", `DELETE FROM log_tiles WHERE level = -1`), audit.TileMissing},
		{"the hashes' tile removed", sql("tile/0/000.p/10", `DELETE FROM log_tiles WHERE level = 0`), audit.TileMissing},
		{"a checkpoint's root", sql("", `UPDATE log_checkpoints SET root = set_byte(root, 3, get_byte(root, 3) # 1) WHERE size = (SELECT max(size) FROM log_checkpoints)`), audit.CheckpointBad},
		{"an older checkpoint's root", sql("", `UPDATE log_checkpoints SET root = set_byte(root, 3, get_byte(root, 3) # 1) WHERE size = (SELECT min(size) FROM log_checkpoints)`), audit.CheckpointBad},
		{"a checkpoint's time", sql("", `UPDATE log_checkpoints SET at = at - interval '1 hour' WHERE size = (SELECT max(size) FROM log_checkpoints)`), audit.CheckpointBad},
		{"a checkpoint's signature", sql("", `UPDATE log_checkpoints SET note = left(note, -9) || 'AAAAAAA=' || E'\n'`), audit.CheckpointBad},
		{"a checkpoint's signature removed", sql("", `UPDATE log_checkpoints SET note = NULL WHERE size = (SELECT min(size) FROM log_checkpoints)`), audit.CheckpointBad},
		{"an arrival back-dated with its receipt", sql("", `UPDATE inbox SET arrived_at = arrived_at - interval '1 day'`,
			`UPDATE receipts SET at = at - interval '1 day' WHERE event = 'ContentConsignment'`), audit.ReceiptChanged},
		{"an arrival back-dated alone", sql("", `UPDATE inbox SET arrived_at = arrived_at - interval '1 day'`), audit.ArrivalUnproven},
		{"an arrival removed", sql("", `DELETE FROM inbox WHERE cursor = 2`), audit.ArrivalMissing},
		{"an arrival out of the count", sql("", `DELETE FROM inbox WHERE cursor = 2`), audit.ArrivalGap},
		{"an arrival added", func(w *world) string {
			w.exec(`INSERT INTO inbox (recipient, cursor, notice, submitter, arrived_at) SELECT recipient, 4, $1, submitter, arrived_at
				FROM inbox WHERE cursor = 3`, hub.NewID(time.Now()).String())
			return ""
		}, audit.ArrivalUnproven},
		{"an opening removed", sql("", `DELETE FROM opens`), audit.OpeningMissing},
		{"an opening back-dated", sql("", `UPDATE opens SET opened_at = opened_at - interval '1 s'`), audit.OpeningUnproven},
		{"a notice removed", func(w *world) string {
			w.exec(`DELETE FROM notices WHERE id = $1`, w.notices[1].String())
			return ""
		}, audit.ReceiptOfNoNotice},
		{"a notice added", sql("", `INSERT INTO notices (id, number, reference, submitter, case_id, kind, capacity, recipient, subject_ct,
			channels, priority, created_at) SELECT gen_random_uuid(), number, 'x', submitter, case_id, kind, capacity, recipient,
			subject_ct, channels, priority, created_at FROM notices LIMIT 1`), audit.NoticeUnproven},
		{"a paper's body replaced", func(w *world) string {
			of := w.notices[2].String()
			w.exec(`UPDATE notices SET body_ct = $2 WHERE id = $1`, of, w.vault.Seal([]byte("another body"), "notices.body:"+of))
			return of
		}, audit.NoticeChanged},
		{"a paper's document exchanged", func(w *world) string {
			w.exec(`UPDATE notices SET documents = ARRAY[$2::uuid] WHERE id = $1`, w.notices[2].String(), w.documents[0].ID.String())
			return w.notices[2].String()
		}, audit.NoticeChanged},
		{"a document and its digest replaced", func(w *world) string {
			other := w.pdf("another")
			w.exec(`UPDATE document_bytes SET bytes_ct = $2 WHERE document = $1`, w.documents[0].ID.String(),
				w.vault.Seal(other, "documents.bytes:"+w.documents[0].ID.String()))
			w.exec(`UPDATE documents SET sha256 = sha256($2::bytea), size = length($2::bytea) WHERE id = $1`, w.documents[0].ID.String(), other)
			return w.notices[0].String()
		}, audit.NoticeChanged},
		{"a document replaced", func(w *world) string {
			of := w.documents[0].ID.String()
			w.exec(`UPDATE document_bytes SET bytes_ct = $2 WHERE document = $1`, of, w.vault.Seal([]byte("x"), "documents.bytes:"+of))
			return of
		}, audit.DocumentChanged},
		{"a byte of a document", func(w *world) string {
			of := w.documents[0].ID.String()
			w.exec(`UPDATE document_bytes SET bytes_ct = set_byte(bytes_ct, 77, get_byte(bytes_ct, 77) # 1) WHERE document = $1`, of)
			return of
		}, audit.DocumentChanged},
		{"a document's bytes deleted", sql("", `DELETE FROM document_bytes`), audit.DocumentMissing},
		{"an erasure without a receipt", sql("", `DELETE FROM document_bytes`, `INSERT INTO erasures (document, basis, receipt)
			SELECT id, 'no law', gen_random_uuid() FROM documents`), audit.ErasureUnproven},
	}
	for _, column := range []string{"event", "capacity", "actor_kind", "auth", "channel", "provider", "provider_message_id",
		"provider_status", "reason", "rule", "rule_version"} {
		list = append(list, harm{"a receipt's " + column, change(column + ` = 'x' || ` + column), audit.ReceiptChanged})
	}
	for _, column := range []string{"notice", "submitter", "case_id", "recipient", "actor"} {
		list = append(list, harm{"a receipt's " + column, change(column + ` = gen_random_uuid()`), audit.ReceiptChanged})
	}
	return append(list,
		harm{"a receipt's details", change(`details = details || '{"n": 1}'`), audit.ReceiptChanged},
		harm{"a receipt's parts", change(`details = jsonb_set(details, '{parts,subject}', '"00"')`), audit.ReceiptChanged},
		harm{"a receipt's salt", change(`salt = set_byte(salt, 0, get_byte(salt, 0) # 1)`), audit.ReceiptChanged},
		harm{"a receipt's form", change(`form = 7`), audit.ReceiptChanged})
}

// Whatever the database's superuser changes, the audit names it. One world is harmed and mended again and again.
func TestEveryHarmIsNamed(t *testing.T) {
	w := newWorld(t)
	w.save()
	for _, h := range harms() {
		t.Run(h.name, func(t *testing.T) {
			defer w.mend()
			of := h.do(w)
			r := w.audit(w.options())
			named := slices.ContainsFunc(r.Findings, func(f audit.Finding) bool {
				return (h.want == "" || f.Kind == h.want) && (of == "" || h.want == "" || f.Of == of)
			})
			if r.Faults == 0 || !named {
				t.Errorf("%s of %q was not named: %+v", h.want, of, r.Findings)
			}
		})
	}
	if r := w.audit(w.options()); r.Faults != 0 {
		t.Errorf("the world was not mended: %+v", r.Findings)
	}
}

// Bytes from the beginning to the end of everything that is stored in bytes: none can be flipped unseen.
func TestAnyFlippedByteIsFound(t *testing.T) {
	w := newWorld(t)
	w.save()
	for name, c := range map[string]struct{ table, column, where string }{
		"entries":    {"log_tiles", "bytes", "level = -1"},
		"hashes":     {"log_tiles", "bytes", "level = 0"},
		"root":       {"log_checkpoints", "root", "size = (SELECT max(size) FROM log_checkpoints)"},
		"document":   {"document_bytes", "bytes_ct", "document = (SELECT min(document::text)::uuid FROM document_bytes)"},
		"digest":     {"documents", "sha256", "id = (SELECT min(id::text)::uuid FROM documents)"},
		"text":       {"notices", "body_ct", "id = (SELECT min(id::text)::uuid FROM notices)"},
		"salt":       {"receipts", "salt", "id = " + aReceipt},
		"checkpoint": {"log_checkpoints", "note", "size = (SELECT max(size) FROM log_checkpoints)"},
	} {
		for nth := range 8 {
			from := `get_byte(` + c.column + `, length(` + c.column + `) * ` + fmt.Sprint(nth) + ` / 8)`
			set := `set_byte(` + c.column + `, length(` + c.column + `) * ` + fmt.Sprint(nth) + ` / 8, ` + from + ` # 1)`
			if c.column == "note" { // text: a letter becomes another one
				set = `overlay(note PLACING CASE substring(note FROM length(note) * ` + fmt.Sprint(nth) + ` / 8 + 1 FOR 1) WHEN 'Q' THEN 'R' ELSE 'Q' END
					FROM length(note) * ` + fmt.Sprint(nth) + ` / 8 + 1 FOR 1)`
			}
			w.exec(`UPDATE ` + c.table + ` SET ` + c.column + ` = ` + set + ` WHERE ` + c.where)
			if r := w.audit(w.options()); r.Faults == 0 {
				t.Errorf("%s: byte at %d/8 was flipped unseen", name, nth)
			}
			w.mend()
		}
	}
}

// Truncated, rolled back, or replaced by a fork that the key itself signed: a checkpoint that was kept outside says so.
func TestHeldCheckpointTellsOfTheWholeLog(t *testing.T) {
	w := newWorld(t)
	held := string(must(os.ReadFile(w.last)))
	o := w.options()
	o.Held = []string{held}
	if r := w.audit(o); r.Faults != 0 {
		t.Fatalf("nothing happened yet: %+v", r.Findings)
	}
	before := w.count(`SELECT min(size) FROM log_checkpoints WHERE size > 1`)
	// Everything after an earlier checkpoint goes, as if it had never been: receipts, arrivals, openings, log.
	w.exec(`DELETE FROM opens`)
	w.exec(`DELETE FROM inbox`)
	w.exec(`DELETE FROM receipts r USING log_leaves l WHERE l.receipt = r.id AND l.index >= $1`, before)
	w.exec(`DELETE FROM log_leaves WHERE index >= $1`, before)
	w.exec(`DELETE FROM log_checkpoints WHERE size > $1`, before)
	r := w.audit(w.options())
	if r.ByKind[audit.RolledBack]+r.ByKind[audit.Forked] != 0 {
		t.Errorf("without a checkpoint from outside nobody can know: %+v", r.Findings)
	}
	if r := w.audit(o); r.ByKind[audit.RolledBack] != 1 {
		t.Errorf("the rollback is not named: %+v", r.Findings)
	}
	// The same key signs another history that is longer.
	if err := os.Remove(w.last); err != nil {
		t.Fatal(err)
	}
	w.exec(`DELETE FROM log_tiles`)
	w.exec(`DELETE FROM log_checkpoints`)
	w.exec(`DELETE FROM log_leaves`)
	w.exec(`DELETE FROM log_keys`)
	w.exec(`DELETE FROM receipts`)
	w.exec(`DELETE FROM ledger_writer`)
	w.exec(`DELETE FROM ledger_queue`)
	for i := range 3 {
		w.serve(10 + i)
	}
	w.seal()
	if r := w.audit(o); r.ByKind[audit.Forked] != 1 {
		t.Errorf("the fork is not named: %+v", r.ByKind)
	}
}

// Stopped at any batch and taken up again, an audit finds the same; and its state holds the next one's checkpoint.
func TestResumes(t *testing.T) {
	w := newWorld(t)
	w.exec(`UPDATE receipts SET reason = 'x' WHERE id = ` + aReceipt)
	w.exec(`DELETE FROM document_bytes`)
	want := w.audit(w.options())
	for stopAfter := range 7 {
		var state audit.State
		o, saves := w.options(), 0
		o.Save = func(s audit.State) error {
			if saves++; saves > stopAfter {
				return errStop
			}
			text := must(json.Marshal(s)) // through its file
			state = audit.State{}
			return json.Unmarshal(text, &state)
		}
		if _, err := audit.Run(t.Context(), o); err == nil {
			t.Fatal("it was not stopped")
		}
		o.State, o.Save = state, func(s audit.State) error { state = s; return nil }
		got := w.audit(o)
		if got.Faults != want.Faults || !slices.Equal(got.Findings, want.Findings) {
			t.Errorf("stopped after %d batches: %+v, want %+v", stopAfter, got.Findings, want.Findings)
		}
		if state.Phase != audit.PhaseDone || state.Checkpoint != want.Checkpoint {
			t.Errorf("the state after the end: %+v", state)
		}
	}
}

// From an entry on, what is before is taken from the tiles.
func TestFromAnEntryOn(t *testing.T) {
	w := newWorld(t)
	w.exec(`WITH r AS (INSERT INTO receipts (id, event, at, actor_kind)
		SELECT gen_random_uuid(), 'eblagh:DocumentErased', now(), 'system' FROM generate_series(1, 252) RETURNING id)
		INSERT INTO ledger_queue SELECT id, ARRAY[id] FROM r`) // past the first tile
	w.seal()
	w.exec(`UPDATE receipts SET reason = 'x' WHERE id = ` + aReceipt)
	o := w.options()
	if r := w.audit(o); r.ByKind[audit.ReceiptChanged] != 1 || r.Looked[audit.PhaseLog] != 262 {
		t.Fatalf("%d entries: %+v", r.Looked[audit.PhaseLog], r.Findings)
	}
	o.From = 260
	r := w.audit(o)
	if r.ByKind[audit.ReceiptChanged] != 0 || r.Looked[audit.PhaseLog] != 262-256 || r.Faults != 0 {
		t.Errorf("%d entries: %+v", r.Looked[audit.PhaseLog], r.Findings)
	}
	w.exec(`UPDATE log_tiles SET bytes = set_byte(bytes, 5, get_byte(bytes, 5) # 1) WHERE level = 1`)
	if r := w.audit(o); r.ByKind[audit.TileChanged] == 0 {
		t.Errorf("the tiles before are not borne out: %+v", r.Findings)
	}
}

// A row that somebody wrote back in time is sealed now, and the public log shows both times.
func TestBackDatedEntryIsCalledLate(t *testing.T) {
	w := newWorld(t)
	id := hub.NewID(time.Now()).String()
	w.exec(`INSERT INTO receipts (id, event, at, recorded_at, actor_kind) VALUES ($1, 'eblagh:Expired', now() - interval '1 year',
		now() - interval '1 year', 'system')`, id)
	w.exec(`INSERT INTO ledger_queue VALUES ($1, ARRAY[$1::uuid])`, id)
	w.seal()
	if r := w.audit(w.options()); r.ByKind[audit.SealedLate] != 1 || r.Faults != 0 {
		t.Errorf("%+v", r.Findings)
	}
}

// Bytes erased by law are no fault; coming back, or without a receipt, they are.
func TestErasedByLaw(t *testing.T) {
	w := newWorld(t)
	n := must(w.intake.Erase(t.Context(), document.Erasure{Document: w.documents[0].ID, Basis: "archive law 12",
		Actor: hub.Actor{Kind: hub.ActorSystem}}))
	w.seal()
	r := w.audit(w.options())
	if n != 1 || r.Faults != 0 || r.ByKind[audit.ErasedByLaw] != 1 || !strings.Contains(r.Findings[0].Detail, "archive law 12") {
		t.Errorf("%d notices: %+v", n, r.Findings)
	}
	w.exec(`INSERT INTO document_bytes (document, bytes_ct) VALUES ($1, 'x')`, w.documents[0].ID.String())
	if r := w.audit(w.options()); r.ByKind[audit.DocumentChanged] != 1 {
		t.Errorf("erased bytes came back: %+v", r.Findings)
	}
}
