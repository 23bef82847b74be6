package reading_test

import (
	"testing"
	"time"

	"eblagh/hub"
)

func TestLanes(t *testing.T) {
	w := newWorld(t)
	branch, person := w.organisation("branch"), w.person()
	for range 3 {
		w.submit(paper{submitter: branch, recipient: person.ID})
	}
	sent, _ := w.submit(paper{submitter: branch, recipient: person.ID})
	late, _ := w.submit(paper{submitter: branch, recipient: person.ID})
	elsewhere := w.organisation("branch")
	held, _ := w.submit(paper{submitter: elsewhere, recipient: person.ID})
	w.exec(`INSERT INTO holds (id, channel, submitter, reason, created_by) VALUES ($1, 'inbox', $2, 'demo', $1)`, held, elsewhere)
	w.exec(`UPDATE deliveries SET status = 'sending', attempts = 1 WHERE notice = $1 AND channel = 'sms'`, sent)
	w.exec(`UPDATE deliveries SET status = 'sent', due_at = hub_now() + '1 hour' WHERE notice = $1 AND channel = 'sms'`, sent)
	w.exec(`UPDATE deliveries SET due_at = hub_now() - interval '1 hour' WHERE notice = $1 AND channel = 'inbox'`, late)
	w.exec(`UPDATE deliveries SET priority = 'urgent' WHERE notice = $1 AND channel = 'sms'`, late)
	w.arrive(sent)

	for _, role := range []hub.Role{hub.RoleOperator, hub.RoleAuditor, hub.RoleAdmin} {
		states, err := w.reader.Lanes(t.Context(), key(role))
		if err != nil || len(states) != len(hub.Lanes) {
			t.Fatalf("%s: %+v, %v", role, states, err)
		}
		for i, lane := range hub.Lanes {
			s := states[i]
			if s.Lane != lane || s.Capped {
				t.Errorf("%s: %+v", role, s)
			}
			want := map[string]map[hub.DeliveryStatus]int{
				"inbox.normal": {"pending": 4, "held": 1}, "sms.normal": {"pending": 4, "sent": 1}, "sms.urgent": {"pending": 1},
			}[lane.String()]
			if len(s.Counts) != len(want) {
				t.Errorf("%s: %s counts %v, want %v", role, lane, s.Counts, want)
			}
			for status, n := range want {
				if s.Counts[status] != n {
					t.Errorf("%s: %s has %d %s, want %d", role, lane, s.Counts[status], status, n)
				}
			}
			if waited := s.OldestDue; lane.String() == "inbox.normal" && (waited < time.Hour || waited > 2*time.Hour) {
				t.Errorf("%s: the oldest of %s has waited %v", role, lane, waited)
			}
		}
	}
	for _, p := range []hub.Role{hub.RoleCourtClerk, hub.RoleLawyer} {
		_, err := w.reader.Lanes(t.Context(), at(w.person(), p, branch))
		code(t, string(p), err, hub.CodeForbidden)
	}
}
