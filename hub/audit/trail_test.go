package audit_test

import (
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"eblagh/hub"
	"eblagh/hub/access"
	"eblagh/hub/audit"
	"eblagh/hub/postgres"
	"eblagh/hub/postgres/pgtest"
	"eblagh/hub/trail"
)

// look writes n looks into the trail, three hours ago by the hub's clock.
func (w *world) look(n int) {
	w.Helper()
	for range n {
		w.past(trail.EntryOf(access.Look{ID: hub.NewID(time.Now().Add(-3 * time.Hour)), Principal: w.court.ID, Kind: access.Key,
			Role: hub.RoleCourtClerk, Action: access.NoticeRead, Object: w.notices[0], Ground: "court_clerk/same", Count: 1}))
	}
}

// past writes entries into the trail, three hours ago by the hub's clock.
func (w *world) past(entries ...trail.Entry) {
	w.Helper()
	url := pgtest.URL(w.T)
	separator := "?"
	if strings.Contains(url, "?") {
		separator = "&"
	}
	past := must(postgres.Open(w.Context(), postgres.Options{URL: url + separator + "eblagh.clock_offset=-3%20hours"}))
	defer past.Close()
	if err := past.AddTrail(w.Context(), entries); err != nil {
		w.Fatal(err)
	}
}

func (w *world) closeHours() {
	w.Helper()
	if err := trail.NewCloser(trail.CloserOptions{Hours: w.db, Logger: slog.New(slog.DiscardHandler)}).Close(w.Context()); err != nil {
		w.Fatal(err)
	}
}

const (
	anEntry   = `(SELECT id FROM trail ORDER BY hour, id OFFSET 1 LIMIT 1)`
	firstHour = `(SELECT min(hour) FROM trail)`
	addEntry  = `INSERT INTO trail (id, hour, at, call, outcome, kind, action) SELECT gen_random_uuid(), hour, at, call, 'done', 'key', 'notice.read' FROM trail WHERE id = ` + anEntry
)

// What was begun and has no end is told of by id, time and action, and is no fault: nothing was taken away.
func TestChangesWithoutAnEndAreTold(t *testing.T) {
	w := newWorld(t)
	begin := func(ended bool) (begun trail.Entry) {
		begun = trail.EntryOf(access.Look{ID: hub.NewID(time.Now().Add(-3 * time.Hour)), Principal: w.court.ID, Kind: access.Key,
			Action: access.InboxOpen, Object: w.notices[0]})
		begun.Outcome = trail.Begun
		if w.past(begun); ended {
			end := begun
			end.ID, end.Outcome = hub.NewID(time.Now().Add(-3*time.Hour)), trail.Failed
			w.past(end)
		}
		return begun
	}
	lone := []hub.ID{begin(false).ID, begin(false).ID}
	begin(true)
	w.closeHours()
	w.seal()
	r := w.audit(w.options())
	if r.Faults != 0 || r.ByKind[audit.TrailUnended] != 2 || len(r.Findings) != 2 {
		t.Fatalf("%d faults, %+v", r.Faults, r.Findings)
	}
	for i, f := range r.Findings {
		at := w.text(`SELECT to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS') FROM trail WHERE id = $1`, lone[i].String())
		if !f.Notice || f.Of != lone[i].String() || !strings.Contains(f.Detail, string(access.InboxOpen)+" was begun at "+at) {
			t.Errorf("%+v, want %s at %s", f, lone[i], at)
		}
	}
	w.exec(`DELETE FROM trail WHERE outcome = 'failed'`)
	if r := w.audit(w.options()); r.Faults != 1 || r.ByKind[audit.TrailUnended] != 3 {
		t.Errorf("an end was taken away: %+v", r.Findings)
	}
}

// Whatever the database's superuser does to the trail, the audit names the hour and the entry.
func TestEveryHarmToTheTrailIsNamed(t *testing.T) {
	w := newWorld(t)
	w.look(3)
	w.closeHours()
	w.seal()
	if r := w.audit(w.options()); r.Faults != 0 || r.Looked[audit.PhaseTrail] < 2 {
		t.Fatalf("nothing happened yet: %d hours, %+v", r.Looked[audit.PhaseTrail], r.Findings)
	}
	tables := []string{"trail", "trail_hours", "trail_parts", "receipts"}
	for _, table := range tables {
		w.exec(`CREATE TABLE saved_` + table + ` AS TABLE ` + table)
	}
	id := func() string { return w.text(`SELECT ` + anEntry + `::text`) }
	changed := func(set string) func() string {
		return func() string {
			of := id()
			w.exec(`UPDATE trail SET ` + set + ` WHERE id = '` + of + `'`)
			return of
		}
	}
	for _, h := range []struct {
		name string
		do   func() string
		want audit.Kind
	}{
		{"who", changed(`principal = gen_random_uuid()`), audit.TrailEntryChanged},
		{"what", changed(`action = 'lanes.read'`), audit.TrailEntryChanged},
		{"the object", changed(`object = gen_random_uuid()`), audit.TrailEntryChanged},
		{"whom it concerns", changed(`persons = '{}'`), audit.TrailEntryChanged},
		{"the ground", changed(`ground = 'auditor/any'`), audit.TrailEntryChanged},
		{"the outcome", changed(`outcome = 'refused'`), audit.TrailEntryChanged},
		{"dated back within the hour", changed(`at = at - interval '1 microsecond'`), audit.TrailEntryChanged},
		{"from where", changed(`address = substring(sha256('x') FOR 16)`), ""},
		{"moved to another hour", changed(`hour = hour + interval '1 hour'`), audit.TrailEntryMissing},
		{"moved, and named there", changed(`hour = hour + interval '1 hour'`), audit.TrailEntryAdded},
		{"moved before the first hour", changed(`hour = hour - interval '1 day'`), audit.TrailEntryAdded},
		{"removed", func() string {
			of := id()
			w.exec(`DELETE FROM trail WHERE id = '` + of + `'`)
			return of
		}, audit.TrailEntryMissing},
		{"added", func() string {
			w.exec(addEntry)
			return ""
		}, audit.TrailEntryAdded},
		{"added to an hour in which nothing happened", func() string {
			w.exec(`INSERT INTO trail (id, hour, at, call, outcome, kind) SELECT gen_random_uuid(), hour + interval '1 hour', at, call, 'done', 'key'
				FROM trail WHERE id = ` + anEntry)
			return ""
		}, audit.TrailEntryAdded},
		{"all of an hour removed", func() string {
			w.exec(`DELETE FROM trail`)
			return ""
		}, audit.TrailEntryMissing},
		{"changed, with the list of the hour", func() string {
			w.exec(`UPDATE trail SET action = 'x'`)
			w.exec(`UPDATE trail_parts SET marks = sha256('x') || substring(marks FROM 33)`)
			return ""
		}, audit.TrailHourChanged},
		{"removed, with the list of the hour", func() string {
			w.exec(`DELETE FROM trail`)
			w.exec(`DELETE FROM trail_parts`)
			return ""
		}, audit.TrailHourChanged},
		{"the seal of an hour removed", func() string {
			w.exec(`DELETE FROM receipts WHERE id = (SELECT receipt FROM trail_hours ORDER BY hour OFFSET 1 LIMIT 1)`)
			return ""
		}, audit.TrailHourMissing},
		{"a seal put in its place", func() string {
			w.exec(`UPDATE trail SET action = 'x'`)
			w.exec(`INSERT INTO receipts (id, event, at, actor_kind, details) SELECT gen_random_uuid(), event, at, actor_kind, details FROM receipts
				WHERE id = (SELECT receipt FROM trail_hours ORDER BY hour LIMIT 1)`)
			return ""
		}, audit.TrailEntryChanged},
	} {
		of := h.do()
		r := w.audit(w.options())
		named := slices.ContainsFunc(r.Findings, func(f audit.Finding) bool {
			return (h.want == "" || f.Kind == h.want) && (of == "" || f.Of == of)
		})
		if r.Faults == 0 || !named {
			t.Errorf("%s: %s of %q was not named: %+v", h.name, h.want, of, r.Findings)
		}
		for _, table := range tables {
			w.exec(`DELETE FROM ` + table)
			w.exec(`INSERT INTO ` + table + ` SELECT * FROM saved_` + table)
		}
	}
	if r := w.audit(w.options()); r.Faults != 0 {
		t.Errorf("the trail was not mended: %+v", r.Findings)
	}

	// A month that the hub took out itself is no fault; its seals stay.
	w.exec(`INSERT INTO receipts (id, event, at, actor_kind, details) SELECT $1, 'eblagh:TrailDetached', now(), 'system',
		jsonb_build_object('until', to_char((max(hour) + interval '1 hour') AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')) FROM trail`, hub.NewID(time.Now()).String())
	w.exec(`INSERT INTO ledger_queue SELECT id, ARRAY[id] FROM receipts WHERE event = 'eblagh:TrailDetached'`)
	w.exec(`DELETE FROM trail WHERE hour = ` + firstHour)
	w.seal()
	if r := w.audit(w.options()); r.Faults != 0 || r.ByKind[audit.TrailDetached] != 1 {
		t.Errorf("%+v", r.Findings)
	}
}
