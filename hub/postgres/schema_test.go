package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"eblagh/hub"
	"eblagh/hub/postgres"
	"eblagh/hub/postgres/pgtest"
)

// refused runs a statement in a transaction of its own, as a role ("" is the superuser), and gives its SQLSTATE.
func (w *world) refused(role, sql string, args ...any) string {
	w.Helper()
	err := pgx.BeginFunc(context.Background(), w.sql, func(tx pgx.Tx) error {
		if role != "" {
			if _, err := tx.Exec(context.Background(), "SET LOCAL ROLE "+role); err != nil {
				return err
			}
		}
		_, err := tx.Exec(context.Background(), sql, args...)
		return err
	})
	var pg *pgconn.PgError
	if err != nil && !errors.As(err, &pg) {
		w.Fatal(err)
	}
	if pg == nil {
		return ""
	}
	return pg.Code
}

const (
	privilege = "42501"
	check     = "23514"
	taken     = "23505"
)

// delivered is a world in which every table of the main path has rows.
func delivered(t *testing.T) *world {
	w := newWorld(t)
	p := paper("whole", w.someone())
	p.Documents = []hub.ID{w.document(w.branch)}
	n := w.submit(p)[0]
	w.deliver()
	if _, err := w.Open(context.Background(), citizen(n.Recipient), n.ID); err != nil {
		t.Fatal(err)
	}
	return w
}

func TestEvidenceIsAppendOnlyEvenForTheOwner(t *testing.T) {
	w := delivered(t)
	partition := "receipts" + time.Now().UTC().Format("_2006_01")
	for _, table := range []string{"receipts", partition, "inbox", "opens"} {
		column := map[string]string{"receipts": "reason = 'x'", partition: "reason = 'x'", "inbox": "cursor = 7", "opens": "opened_at = now()"}[table]
		for _, sql := range []string{"UPDATE %s SET " + column, "DELETE FROM %s", "TRUNCATE %s"} {
			if code := w.refused("", fmt.Sprintf(sql, table)); code != privilege {
				t.Errorf("%s: SQLSTATE %q, want refused", fmt.Sprintf(sql, table), code)
			}
		}
	}
	for i := range 16 {
		if code := w.refused("", fmt.Sprintf("TRUNCATE inbox_%d", i)); code != privilege {
			t.Errorf("inbox_%d can be truncated", i)
		}
	}
	w.wantCount(4, `SELECT count(*) FROM receipts`)
}

func TestWorkerCannotRewrite(t *testing.T) {
	w := delivered(t)
	for _, sql := range []string{
		"UPDATE notices SET reference = 'x'", "DELETE FROM notices", "DELETE FROM deliveries", "UPDATE notice_refs SET reference = 'x'",
		"DELETE FROM receipts", "DELETE FROM attempts", "DELETE FROM cases", "UPDATE instance SET mode = 'live'",
		"DROP TABLE notices", "ALTER TABLE receipts DISABLE TRIGGER ALL", "SET session_replication_role = replica",
	} {
		if code := w.refused("eblagh_worker", sql); code != privilege {
			t.Errorf("worker may %s: %q", sql, code)
		}
	}
}

func TestAppMayOnlyRead(t *testing.T) {
	w := delivered(t)
	for _, table := range w.tables() {
		for _, sql := range []string{"DELETE FROM %s", "TRUNCATE %s", "INSERT INTO %s DEFAULT VALUES"} {
			if code := w.refused("eblagh_app", fmt.Sprintf(sql, table)); code != privilege {
				t.Errorf("app may %s: %q", fmt.Sprintf(sql, table), code)
			}
		}
	}
	if code := w.refused("eblagh_app", "SELECT hub_make_partitions('notices', now(), 1)"); code != privilege {
		t.Errorf("app may make partitions: %q", code)
	}
}

// tables lists every table of the hub, partitions apart.
func (w *world) tables() []string {
	rows, err := w.sql.Query(context.Background(), `SELECT relname FROM pg_class WHERE relkind IN ('r', 'p')
		AND NOT relispartition AND relnamespace = 'public'::regnamespace ORDER BY 1`)
	if err != nil {
		w.Fatal(err)
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil || len(names) < 20 {
		w.Fatal(names, err)
	}
	return names
}

// Deny by default: a transaction of the app role that names no principal sees no row of anybody.
func TestNoPrincipalSeesNothing(t *testing.T) {
	w := delivered(t)
	public := []string{"organisations", "instance", "goose_db_version"} // nobody's in particular
	for _, table := range w.tables() {
		var n int
		err := pgx.BeginFunc(context.Background(), w.sql, func(tx pgx.Tx) error {
			if _, err := tx.Exec(context.Background(), "SET LOCAL ROLE eblagh_app"); err != nil {
				return err
			}
			return tx.QueryRow(context.Background(), "SELECT count(*) FROM "+table).Scan(&n)
		})
		var pg *pgconn.PgError
		refused := errors.As(err, &pg) && pg.Code == privilege
		switch {
		case err != nil && !refused:
			t.Fatal(table, err)
		case !refused && n > 0 && !slices.Contains(public, table):
			t.Errorf("%s shows %d rows to nobody", table, n)
		}
	}
	// Each partition is behind its parent's policy: none is open by its own name.
	if code := w.refused("eblagh_app", "SELECT * FROM notices_rest"); code != privilege {
		t.Errorf("a partition is readable by its name: %q", code)
	}
}

func TestEveryReceiptWaitsForTheLog(t *testing.T) {
	w := delivered(t)
	w.wantCount(0, `SELECT count(*) FROM receipts r LEFT JOIN (SELECT unnest(receipts) AS receipt FROM ledger_queue) q ON q.receipt = r.id WHERE q.receipt IS NULL`)
	w.wantCount(w.count(`SELECT count(*) FROM receipts`), `SELECT count(*) FROM (SELECT unnest(receipts) AS receipt FROM ledger_queue) q`)
	w.wantCount(0, `SELECT count(*) FROM receipts WHERE length(salt) <> 16 OR form <> 1`)
	w.wantCount(w.count(`SELECT count(*) FROM receipts`), `SELECT count(DISTINCT salt) FROM receipts`)
	if code := w.refused("eblagh_worker", "INSERT INTO receipts (id, event, at, actor_kind, salt) VALUES (gen_random_uuid(), 'x', now(), 'system', 'short')"); code != check {
		t.Errorf("a short salt: %q", code)
	}
}

func TestFinalDeliveriesNeverMove(t *testing.T) {
	w := newWorld(t)
	for _, status := range []hub.DeliveryStatus{hub.DeliveryDelivered, hub.DeliveryFailed, hub.DeliveryCancelled, hub.DeliveryExpired} {
		id := newID().String()
		w.exec(`INSERT INTO deliveries (id, notice, channel, priority, status, attempts) VALUES ($1, $1, 'sms', 'normal', $2, 1)`, id, string(status))
		for _, move := range []string{"status = 'pending', due_at = now()", "status = 'delivered'", "attempts = 2", "last_reason = 'x'"} {
			if code := w.refused("", "UPDATE deliveries SET "+move+" WHERE id = $1", id); code != check {
				t.Errorf("%s moved by %s: %q", status, move, code)
			}
		}
	}
	w.exec(`INSERT INTO deliveries (id, notice, channel, priority, status, attempts, due_at) VALUES ($1, $1, 'sms', 'normal', 'sending', 2, now())`, newID().String())
	if code := w.refused("", "UPDATE deliveries SET attempts = 1 WHERE status = 'sending'"); code != check {
		t.Errorf("attempts went back: %q", code)
	}
}

// States are tied to what must be true in them.
func TestStatesAreGuarded(t *testing.T) {
	w := newWorld(t)
	to := w.someone().String()
	for name, c := range map[string]struct{ code, sql string }{
		"pending without a due time":      {check, `INSERT INTO deliveries (id, notice, channel, priority) VALUES ($1, $1, 'sms', 'normal')`},
		"delivered with a due time":       {check, `INSERT INTO deliveries (id, notice, channel, priority, status, due_at) VALUES ($1, $1, 'sms', 'normal', 'delivered', now())`},
		"sent without an attempt":         {check, `INSERT INTO deliveries (id, notice, channel, priority, status, due_at) VALUES ($1, $1, 'sms', 'normal', 'sent', now())`},
		"of nothing":                      {check, `INSERT INTO deliveries (id, channel, priority, due_at) VALUES ($1, 'sms', 'normal', now())`},
		"of two things":                   {check, `INSERT INTO deliveries (id, notice, challenge, channel, priority, due_at) VALUES ($1, $1, $1, 'sms', 'code', now())`},
		"a code that is no code":          {check, `INSERT INTO deliveries (id, challenge, channel, priority, due_at) VALUES ($1, $1, 'sms', 'normal', now())`},
		"a status nobody knows":           {check, `INSERT INTO deliveries (id, notice, channel, priority, status, due_at) VALUES ($1, $1, 'sms', 'normal', 'lost', now())`},
		"live is never a row":             {check, `INSERT INTO deliveries (id, notice, channel, priority, due_at) VALUES ($1, $1, 'live', 'normal', now())`},
		"an outcome without its time":     {check, `INSERT INTO attempts (delivery, n, provider, outcome) VALUES ($1, 1, 'p', 'accepted')`},
		"an outcome nobody knows":         {check, `INSERT INTO attempts (delivery, n, provider, outcome, ended_at) VALUES ($1, 1, 'p', 'maybe', now())`},
		"part zero":                       {check, `INSERT INTO attempt_parts (delivery, n, part, provider) VALUES ($1, 1, 0, 'p')`},
		"a part that is accepted":         {check, `INSERT INTO attempt_parts (delivery, n, part, provider, outcome, happened_at) VALUES ($1, 1, 1, 'p', 'accepted', now())`},
		"attempt zero":                    {check, `INSERT INTO attempts (delivery, n, provider) VALUES ($1, 0, 'p')`},
		"cursor zero":                     {check, `INSERT INTO inbox VALUES ($1, 0, $1, $1, now())`},
		"nudged further than it goes":     {check, `INSERT INTO inbox_cursors (recipient, nudged) VALUES ($1, 1)`},
		"expired before it came in force": {check, `INSERT INTO notices (id, number, reference, submitter, case_id, kind, capacity, recipient, subject_ct, channels, priority, not_before, expires_at, created_at) VALUES ($1, '', '', $1, $1, '', '', $1, '', '{}', 'normal', now(), now() - interval '1 s', now())`},
		"an empty reference":              {check, `INSERT INTO notice_refs VALUES ($1, '', $1)`},
		"too many tries":                  {check, `INSERT INTO challenges (id, purpose, passed_first, tries, expires_at) VALUES ($1, 'sign_in', true, 6, now() + interval '1 h')`},
		"enrolled without a code":         {check, `UPDATE persons SET personal_code = NULL WHERE id <> $1`},
		"a clerk of nowhere":              {check, `INSERT INTO grants (id, person, role) VALUES ($1, '` + to + `', 'court_clerk')`},
		"an admin of somewhere":           {check, `INSERT INTO grants (id, person, role, organisation) VALUES ($1, '` + to + `', 'admin', '` + w.branch.String() + `')`},
		"a second person of one id":       {taken, `INSERT INTO persons (id, kind, national_id_ct, national_id_index, given_name_ct, family_name_ct) SELECT $1, 'natural', 'x', national_id_index, 'x', 'x' FROM persons`},
		"a digest of another length":      {check, `INSERT INTO documents (id, submitter, sha256, size, media_type) VALUES ($1, '` + w.branch.String() + `', 'x', 1, 'x')`},
	} {
		if code := w.refused("", c.sql, newID().String()); code != c.code {
			t.Errorf("%s: SQLSTATE %q, want %s", name, code, c.code)
		}
	}
}

func TestInboxIsOnce(t *testing.T) {
	w := delivered(t)
	for _, sql := range []string{
		`INSERT INTO inbox SELECT recipient, cursor + 1, notice, submitter, arrived_at FROM inbox`, // the notice again
		`INSERT INTO inbox SELECT recipient, cursor, $1, submitter, arrived_at FROM inbox`,         // the cursor again
		`INSERT INTO opens SELECT notice, recipient, submitter, person, now() FROM opens`,
		`INSERT INTO attempts (delivery, n, provider) SELECT delivery, n, provider FROM attempts`,
		`INSERT INTO notice_refs SELECT submitter, reference, $1, NULL FROM notice_refs`,
	} {
		args := []any{}
		if strings.Contains(sql, "$1") {
			args = append(args, newID().String())
		}
		if code := w.refused("eblagh_worker", sql, args...); code != taken {
			t.Errorf("%s: %q, want refused", sql, code)
		}
	}
}

func TestRowsLieInTheirMonth(t *testing.T) {
	w := newWorld(t)
	month := time.Now().UTC()
	for _, c := range []struct {
		at   time.Time
		want string
	}{
		{month, "deliveries" + month.Format("_2006_01")},
		{time.Date(month.Year(), month.Month()+1, 1, 0, 0, 0, 0, time.UTC), "deliveries" + time.Date(month.Year(), month.Month()+1, 1, 0, 0, 0, 0, time.UTC).Format("_2006_01")},
		{time.Date(1990, 1, 1, 0, 0, 0, 0, time.UTC), "deliveries_rest"}, // a clock gone astray loses nothing
	} {
		id := hub.NewID(c.at).String()
		w.exec(`INSERT INTO deliveries (id, notice, channel, priority, due_at) VALUES ($1, $1, 'sms', 'normal', now())`, id)
		w.wantCount(1, `SELECT count(*) FROM deliveries WHERE id = $1 AND tableoid = $2::text::regclass`, id, c.want)
	}
	before := w.count(`SELECT count(*) FROM pg_inherits`)
	for range 2 {
		if err := w.db.MakePartitions(context.Background(), 8); err != nil {
			t.Fatal(err)
		}
	}
	if after := w.count(`SELECT count(*) FROM pg_inherits WHERE inhparent::regclass::text IN ('notices', 'deliveries', 'attempts', 'attempt_parts', 'receipts')`); after < 5*9 || before == 0 {
		t.Errorf("%d partitions after making 8 months ahead", after)
	}
	if code := w.refused("", "SELECT hub_make_partitions('persons', now(), 1)"); code != "22023" {
		t.Errorf("partitions of any table: %q", code)
	}
}

func TestPartitionsWhilePapersPass(t *testing.T) {
	w := newWorld(t)
	stop, done := make(chan struct{}), make(chan struct{})
	to := w.someone()
	go func() {
		defer close(done)
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
			}
			if _, err := w.Submit(context.Background(), w.court(), papers(fmt.Sprint("p", i), 5, to), nil); err != nil {
				t.Error(err)
			}
			for _, lane := range hub.Lanes {
				ids, err := w.db.Claim(context.Background(), lane, 100, 100, time.Minute)
				if err != nil {
					t.Error(err)
				} else if err := w.Handle(context.Background(), lane, ids); err != nil {
					t.Error(err)
				}
			}
		}
	}()
	for months := 6; months < 26; months += 4 {
		if err := w.db.MakePartitions(context.Background(), months); err != nil {
			t.Error(err)
		}
	}
	close(stop)
	<-done
}

func TestInstanceIsLiveOrTestForEver(t *testing.T) {
	w := newWorld(t)
	ctx := context.Background()
	if err := postgres.Migrate(ctx, pgtest.URL(t), "test"); err != nil {
		t.Errorf("the same mode again: %v", err)
	}
	if err := postgres.Migrate(ctx, pgtest.URL(t), "live"); hub.CodeOf(err) != hub.CodeWrongMode {
		t.Errorf("the other mode: %v, want wrong-mode", err)
	}
	w.wantCount(1, `SELECT count(*) FROM instance WHERE mode = 'test'`)
	if code := w.refused("", `INSERT INTO instance (single, mode) VALUES (false, 'live')`); code != check {
		t.Errorf("a second mode: %q", code)
	}
}

func TestHubClockCanBeShifted(t *testing.T) {
	w := newWorld(t)
	before, err := w.db.Now(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	w.later("1 day")
	after, err := w.db.Now(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if d := after.Sub(before); d < 24*time.Hour || d > 24*time.Hour+time.Minute {
		t.Errorf("the clock moved by %v", d)
	}
	if after.Location() != time.UTC {
		t.Error("the hub's time is not UTC")
	}
}

func TestIDsSortLikeTheirTimes(t *testing.T) {
	w := newWorld(t)
	at := time.UnixMilli(1_790_000_000_123)
	id := hub.NewID(at)
	w.wantCount(1, `SELECT count(*) FROM (SELECT 1) x WHERE $1::uuid >= hub_uuid_floor($2) AND $1::uuid < hub_uuid_floor($2 + interval '1 ms')`, id.String(), at)
}
