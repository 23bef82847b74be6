package postgres_test

import (
	"context"
	"sync"
	"testing"

	"eblagh/hub"
	"eblagh/hub/access"
)

// operator is a system that runs the hub.
func operator() access.Principal {
	return access.Principal{Kind: access.Key, ID: newID(), Scopes: []access.Scope{access.ScopeOperationsWrite},
		Grants: []access.Grant{{Role: hub.RoleOperator}}}
}

// dead submits a notice whose text fails, and gives the delivery of the text.
func (w *world) dead(reference string) (hub.Notice, hub.ID) {
	w.Helper()
	to := w.someone()
	w.exec(`UPDATE contacts SET mobile_ct = NULL, mobile_index = NULL WHERE person = $1`, to.String())
	n := w.submit(paper(reference, to))[0]
	w.deliver()
	sms := n.Deliveries[1]
	w.wantCount(1, `SELECT count(*) FROM deliveries WHERE id = $1 AND channel = 'sms' AND status = 'failed'`, sms.ID.String())
	w.exec(`UPDATE contacts SET mobile_ct = $2, mobile_index = 'x' WHERE person = $1`, to.String(),
		w.vault.SealText("+989120000000", "contacts.mobile:"+to.String()))
	return n, sms.ID
}

func (w *world) refuseReplay(by access.Principal, delivery hub.ID, want hub.Code) {
	w.Helper()
	if _, err := w.Replay(context.Background(), by, delivery); hub.CodeOf(err) != want {
		w.Errorf("replay: %v, want %s", err, want)
	}
}

func TestReplayADeadText(t *testing.T) {
	w := newWorld(t)
	n, dead := w.dead("replay")
	before := w.count(`SELECT count(*) FROM attempts`)
	made, err := w.Replay(context.Background(), operator(), dead)
	if err != nil || made.Replays != dead || made.Status != hub.DeliveryPending || made.Attempts != 0 {
		t.Fatalf("%+v, %v", made, err)
	}
	w.deliver()
	w.wantCount(1, `SELECT count(*) FROM deliveries WHERE id = $1 AND replays = $2 AND status NOT IN ('pending', 'failed')
		AND attempts = 1`, made.ID.String(), dead.String())
	w.wantCount(1, `SELECT count(*) FROM deliveries WHERE id = $1 AND status = 'failed'`, dead.String()) // as it was
	w.wantCount(before+1, `SELECT count(*) FROM attempts`)
	w.wantCount(1, `SELECT count(*) FROM receipts WHERE event = 'eblagh:Replayed' AND notice = $1 AND actor_kind = 'key'
		AND channel = 'sms' AND details ->> 'replays' = $2`, n.ID.String(), dead.String())
	w.refuseReplay(operator(), dead, hub.CodeWrongState) // was replayed
	w.refuseReplay(operator(), made.ID, hub.CodeWrongState)
	w.wantCount(1, `SELECT count(*) FROM inbox`)
}

func TestReplayAtOnceMakesOne(t *testing.T) {
	w := newWorld(t)
	_, dead := w.dead("race")
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if _, err := w.Replay(context.Background(), operator(), dead); err != nil && hub.CodeOf(err) != hub.CodeWrongState {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	w.wantCount(1, `SELECT count(*) FROM deliveries WHERE replays = $1`, dead.String())
	w.wantCount(1, `SELECT count(*) FROM receipts WHERE event = 'eblagh:Replayed'`)
	// If the replay dies too, it is the one to replay.
	w.exec(`UPDATE deliveries SET status = 'expired', due_at = NULL WHERE replays = $1`, dead.String())
	w.refuseReplay(operator(), dead, hub.CodeWrongState)
	var text string
	if err := w.sql.QueryRow(context.Background(), `SELECT id::text FROM deliveries WHERE replays = $1`, dead.String()).Scan(&text); err != nil {
		t.Fatal(err)
	}
	second, err := hub.ParseID(text)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Replay(context.Background(), operator(), second); err != nil {
		t.Error(err)
	}
}

func TestWhatIsNotReplayed(t *testing.T) {
	w := newWorld(t)
	arrived, dead := w.dead("arrived")
	w.refuseReplay(operator(), arrived.Deliveries[0].ID, hub.CodeWrongState)
	withdrawn := w.submit(paper("withdrawn", w.someone()))[0]
	if err := w.Cancel(context.Background(), w.court(), withdrawn.ID); err != nil {
		t.Fatal(err)
	}
	never := w.submit(paper("never arrived", w.someone()))[0]
	w.exec(`UPDATE deliveries SET status = 'expired', due_at = NULL WHERE notice = $1`, never.ID.String())
	code := newID()
	w.exec(`INSERT INTO deliveries (id, challenge, channel, priority, status) VALUES ($1, $1, 'sms', 'code', 'failed')`, code.String())
	for _, id := range []hub.ID{withdrawn.Deliveries[0].ID, withdrawn.Deliveries[1].ID, never.Deliveries[0].ID,
		never.Deliveries[1].ID, code} {
		w.refuseReplay(operator(), id, hub.CodeWrongState)
	}
	w.refuseReplay(operator(), newID(), hub.CodeNotFound)
	w.refuseReplay(w.court(), dead, hub.CodeForbidden)
	w.refuseReplay(citizen(arrived.Recipient), dead, hub.CodeForbidden)
	unscoped := operator()
	unscoped.Scopes = []access.Scope{access.ScopeAuditRead}
	w.refuseReplay(unscoped, dead, hub.CodeForbidden)
	w.wantCount(0, `SELECT count(*) FROM deliveries WHERE replays IS NOT NULL`)
}
