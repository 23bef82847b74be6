package reading_test

import (
	"testing"

	"eblagh/hub"
)

// Counsel on whom a paper is served is its addressee, and has its certificate once it is opened. Of a client's paper
// counsel who may read it has the certificate of what the receipts say, as long as the power is in force.
func TestCertifiedForCounsel(t *testing.T) {
	w := newWorld(t)
	branch, client, lawyer, server := w.organisation("branch"), w.person(), w.lawyer(), w.lawyer()
	notice, _ := w.submit(paper{submitter: branch, recipient: client.ID, number: "1"})
	own, _ := w.submit(paper{submitter: branch, recipient: server.ID, number: "1"})
	w.arrive(notice, own)
	matter := w.matter(paper{branch: branch, number: "1"})
	power := w.counsel(lawyer.ID, client.ID, matter, branch, "read", "-1 hour", "")
	w.counsel(server.ID, client.ID, matter, branch, "service", "-1 hour", "")
	for what, id := range map[string]hub.ID{"a client's": notice, "somebody's": own} {
		_, err := w.reader.Certified(t.Context(), lawyer, id)
		code(t, what+" before it is opened", err, hub.CodeNotFound)
	}
	_, err := w.reader.Certified(t.Context(), server, own)
	code(t, "one's own before it is opened", err, hub.CodeWrongState)
	w.open(notice, own)
	for _, p := range []hub.ID{client.ID, server.ID} {
		w.exec(`UPDATE persons SET national_id_ct = $2 WHERE id = $1`, p, w.vault.SealText("0076229645", "persons.national_id:"+p.String()))
	}
	got, err := w.reader.Certified(t.Context(), lawyer, notice)
	if err != nil || got.Addressee.ID != client.ID || got.Notice.Subject != "" || got.By != (hub.Actor{Kind: hub.ActorLawyer, ID: lawyer.ID, Auth: "session"}) {
		t.Errorf("a client's: %+v, %v", got, err)
	}
	got, err = w.reader.Certified(t.Context(), server, own)
	if err != nil || got.Addressee.ID != server.ID || got.By.Kind != hub.ActorSelf {
		t.Errorf("one's own: %+v, %v", got, err)
	}
	_, err = w.reader.Certified(t.Context(), server, notice)
	code(t, "without the scope to read", err, hub.CodeNotFound)
	_, err = w.reader.Certified(t.Context(), lawyer, own)
	code(t, "a colleague's", err, hub.CodeNotFound)
	w.exec(`UPDATE attorneys SET ended_at = hub_now(), end_reason = 'dismissed' WHERE id = $1`, power)
	_, err = w.reader.Certified(t.Context(), lawyer, notice)
	code(t, "after dismissal", err, hub.CodeNotFound)
}
