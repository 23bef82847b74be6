package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"eblagh/hub"
	"eblagh/hub/dispatch"
	"eblagh/hub/trail"
)

const insertReferences = `INSERT INTO notice_refs (submitter, reference, notice, request)
	SELECT $1, reference, notice, request FROM unnest($2::text[], $3::uuid[], $4::bytea[]) AS u (reference, notice, request)
	ORDER BY reference ON CONFLICT DO NOTHING`

const drawNumbers = `SELECT nextval('notice_numbers') FROM generate_series(1, $1)`

// Accept implements dispatch.Submissions: one transaction, a handful of statements for any number of papers.
func (db *DB) Accept(ctx context.Context, in dispatch.Intake, number func(time.Time, int64) (string, error)) (
	[]dispatch.Accepted, error) {
	var out []dispatch.Accepted
	var a acceptance
	err := writeOn(ctx, db.worker, a.rider(trail.Of(ctx)), func(tx pgx.Tx) error {
		a = acceptance{in: in, out: make([]dispatch.Accepted, len(in.Papers))}
		if err := a.claim(ctx, tx); err != nil {
			return err
		}
		if err := a.decide(number); err != nil {
			return err
		}
		out = a.out
		if err := a.approve(ctx, tx); err != nil {
			return err
		}
		if err := a.involve(ctx, tx); err != nil {
			return err
		}
		return a.copy(ctx, tx)
	})
	return out, err
}

// rider is one entry for all the papers, which costs no transaction of its own: each paper has its own receipt, which
// names the submitter. Where none was accepted, it is the entry of any other change.
func (a *acceptance) rider(call *trail.Call) rider {
	var rode func()
	return rider{entries: func() []trail.Entry {
		if len(a.rows) == 0 {
			rode = call.Rode
			return call.Rider()
		}
		rode = call.Ended
		var made []trail.Object
		if len(a.rows) == 1 {
			made = []trail.Object{{Kind: "notice", ID: a.rows[0].Notice}}
		}
		return call.Whole(len(a.rows), made...)
	}, rode: func() { rode() }}
}

// acceptance is one Intake on its way into the tables.
type acceptance struct {
	in      dispatch.Intake
	out     []dispatch.Accepted
	at      time.Time
	cases   map[dispatch.CaseKey]dispatch.KnownCase
	taken   map[string]dispatch.Taken
	numbers []int64
	rows    []row
}

// row is a paper that won its reference.
type row struct {
	dispatch.AcceptPaper
	dispatch.Accepted
}

// claim makes cases exist, takes references and draws numbers, in one round trip.
func (a *acceptance) claim(ctx context.Context, tx pgx.Tx) error {
	papers := a.in.Papers
	references := column(papers, func(p dispatch.AcceptPaper) string { return p.Paper.Reference })
	b := &pgx.Batch{}
	b.Queue(`SELECT hub_now()`).QueryRow(func(r pgx.Row) error { return r.Scan(&a.at) })
	queueCases(b, a.in.Cases)
	a.cases = map[dispatch.CaseKey]dispatch.KnownCase{}
	queueKnownCases(b, column(papers, func(p dispatch.AcceptPaper) dispatch.CaseKey { return p.Case }), a.cases)
	var retired bool
	b.Queue(`SELECT hub_sealed_retired(VARIADIC $1::bytea[])`, sealedUnder(papers)).QueryRow(func(r pgx.Row) error { return r.Scan(&retired) })
	b.Queue(insertReferences, a.in.Submitter, references,
		column(papers, func(p dispatch.AcceptPaper) hub.ID { return p.Notice }),
		column(papers, func(p dispatch.AcceptPaper) []byte { return p.Request }))
	a.taken = map[string]dispatch.Taken{}
	queueReferences(b, a.in.Submitter, references, a.taken)
	b.Queue(drawNumbers, len(papers)).Query(func(rows pgx.Rows) (err error) {
		a.numbers, err = pgx.CollectRows(rows, pgx.RowTo[int64])
		return err
	})
	if err := tx.SendBatch(ctx, b).Close(); err != nil {
		return fmt.Errorf("claim references: %w", err)
	}
	if retired {
		return byConstraint["vault_keys_held"]
	}
	return nil
}

// sealedUnder gives how the papers' ciphertexts begin, each beginning once: with the name of their key.
func sealedUnder(papers []dispatch.AcceptPaper) [][]byte {
	seen, out := map[string]bool{}, [][]byte{}
	for _, p := range papers {
		for _, ct := range [][]byte{p.SubjectCT, p.BodyCT} {
			if start := ct[:min(len(ct), 5)]; !seen[string(start)] {
				seen[string(start)], out = true, append(out, start)
			}
		}
	}
	return out
}

// decide tells the papers that won their reference from those that came too late.
func (a *acceptance) decide(number func(time.Time, int64) (string, error)) error {
	for i, p := range a.in.Papers {
		taken := a.taken[p.Paper.Reference]
		if taken.Notice != p.Notice {
			a.out[i] = dispatch.Accepted{Taken: taken}
			continue
		}
		text, err := number(a.at, a.numbers[i])
		if err != nil {
			return err
		}
		a.out[i] = dispatch.Accepted{Number: text, Case: a.cases[p.Case].ID, At: a.at}
		a.rows = append(a.rows, row{p, a.out[i]})
	}
	return nil
}

// involve makes the cases of other branches, in which the submitter hands papers in, the submitter's too.
func (a *acceptance) involve(ctx context.Context, tx pgx.Tx) error {
	var submitters, cases []hub.ID
	for _, r := range a.rows {
		if r.AcceptPaper.Case.Branch != a.in.Submitter {
			submitters, cases = append(submitters, a.in.Submitter), append(cases, r.Accepted.Case)
		}
	}
	if err := a.assign(ctx, tx); err != nil {
		return err
	}
	if len(cases) == 0 {
		return nil
	}
	if _, err := tx.Exec(ctx, insertParties, submitters, cases); err != nil {
		return fmt.Errorf("involve the submitter: %w", err)
	}
	return nil
}

// Whoever brings a restricted case into being works on it; who only adds a paper to one does not by that.
const assignCreator = `INSERT INTO case_assignees (case_id, person, assigned_by)
	SELECT c.id, $2, $2 FROM cases c WHERE c.id = ANY ($1::uuid[]) AND c.restricted ORDER BY c.id ON CONFLICT DO NOTHING`

func (a *acceptance) assign(ctx context.Context, tx pgx.Tx) error {
	var made []hub.ID
	for _, c := range a.in.Cases {
		if c.Restricted && (!c.Known || c.Kind != "") {
			made = append(made, c.ID)
		}
	}
	if len(made) == 0 || a.in.Actor.Kind != hub.ActorClerk {
		return nil
	}
	if _, err := tx.Exec(ctx, assignCreator, made, a.in.Actor.ID); err != nil {
		return fmt.Errorf("assign who made the case: %w", err)
	}
	return nil
}

// copy writes the papers with all that belongs to them.
func (a *acceptance) copy(ctx context.Context, tx pgx.Tx) error {
	for _, table := range []struct {
		name    string
		columns []string
		values  [][]any
	}{
		{"corrections", correctionColumns, a.correctionRows()},
		{"notices", noticeColumns, a.noticeRows()},
		{"deliveries", deliveryColumns, a.deliveryRows()},
		{"timers", timerColumns, a.timerRows()},
		{"receipts", acceptanceColumns, a.receiptRows()},
	} {
		if len(table.values) == 0 {
			continue
		}
		_, err := tx.CopyFrom(ctx, pgx.Identifier{table.name}, table.columns, pgx.CopyFromRows(table.values))
		if err != nil {
			return fmt.Errorf("copy %s: %w", table.name, err)
		}
	}
	return nil
}

var noticeColumns = []string{"id", "number", "reference", "submitter", "case_id", "kind", "capacity", "recipient",
	"subject_ct", "body_ct", "documents", "parts", "channels", "priority", "not_before", "expires_at", "hearing_at",
	"corrects", "on_behalf_of", "created_at"}

func (a *acceptance) noticeRows() [][]any {
	return column(a.rows, func(r row) []any {
		documents := append([]hub.ID{}, r.Paper.Documents...)
		return []any{r.Notice, r.Number, r.Paper.Reference, a.in.Submitter, r.Accepted.Case, r.Paper.Kind,
			r.Paper.Capacity, r.Recipient, r.SubjectCT, r.BodyCT, documents, r.Parts, r.Paper.Channels,
			r.Paper.Priority, orNull(r.Paper.NotBefore), orNull(r.Paper.ExpiresAt), orNull(r.Paper.HearingAt), r.Corrects,
			r.OnBehalfOf, a.at}
	})
}

var deliveryColumns = []string{"id", "notice", "recipient", "submitter", "channel", "priority", "due_at", "expires_at",
	"created_at", "updated_at"}

// deliveryRows: the inbox is due when the paper comes into force, the text only after the arrival.
func (a *acceptance) deliveryRows() [][]any {
	var out [][]any
	never := pgtype.Timestamptz{InfinityModifier: pgtype.Infinity, Valid: true}
	for _, r := range a.rows {
		due := a.at
		if r.Paper.NotBefore.After(due) {
			due = r.Paper.NotBefore
		}
		add := func(id hub.ID, channel hub.Channel, due any) {
			out = append(out, []any{id, r.Notice, r.Recipient, a.in.Submitter, channel, r.Paper.Priority, due,
				orNull(r.Paper.ExpiresAt), a.at, a.at})
		}
		add(r.Inbox, hub.ChannelInbox, due)
		if !r.SMS.IsZero() {
			add(r.SMS, hub.ChannelSMS, never)
		}
	}
	return out
}

var timerColumns = []string{"id", "kind", "notice", "due_at"}

func (a *acceptance) timerRows() [][]any {
	var out [][]any
	for _, r := range a.rows {
		if !r.Timer.IsZero() {
			out = append(out, []any{r.Timer, "expire", r.Notice, r.Paper.ExpiresAt})
		}
	}
	return out
}

var acceptanceColumns = []string{"id", "event", "at", "notice", "submitter", "case_id", "recipient", "capacity",
	"actor_kind", "actor", "auth", "details"}

// receiptRows are A.1, EN 319 522-1.
func (a *acceptance) receiptRows() [][]any {
	return column(a.rows, func(r row) []any {
		details := map[string]any{"parts": r.Parts}
		if !r.Corrects.IsZero() {
			details["corrects"] = r.Corrects
		}
		if !r.OnBehalfOf.IsZero() {
			details["on_behalf_of"] = r.OnBehalfOf
		}
		a.checked(details)
		return []any{r.Receipt, hub.EventSubmissionAcceptance, a.at, r.Notice, a.in.Submitter, r.Accepted.Case,
			r.Recipient, r.Paper.Capacity, a.in.Actor.Kind, a.in.Actor.ID, a.in.Actor.Auth,
			details}
	})
}
