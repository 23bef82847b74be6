package api_test

import (
	"net/http"
	"testing"
	"time"

	"eblagh/hub"
)

// paper submits a paper of a kind and lets it arrive.
func (w *world) arrived(reference, kind, recipient string) string {
	w.t.Helper()
	id := w.made(w.court, "/v1/notices", `{"reference":"`+reference+`","case":{"number":"140500000000000077"},"kind":"`+kind+
		`","addressee":{"recipient_id":"`+recipient+`"},"subject":"موضوع"}`)
	w.arrive()
	return id
}

// A judgment opens to who has proved within five minutes who they are; others are told what to do, and nothing is opened
// by asking. Other papers open without it, and so does what was opened before.
func TestAJudgmentOpensAfterAFreshProof(t *testing.T) {
	w := newWorld(t)
	c, id := w.citizen("0076229645", "09120000001")
	summons, judgment, writ := w.arrived("a", "summons", id), w.arrived("b", "judgment", id), w.arrived("c", "execution_writ", id)
	w.age(c, 6*time.Minute)
	c.want(http.StatusOK, "POST", "/v1/inbox/"+summons+"/open", "")
	for _, paper := range []string{judgment, writ} {
		c.refused(http.StatusForbidden, hub.CodeConfirmation, "POST", "/v1/inbox/"+paper+"/open", "")
	}
	if list := c.want(http.StatusOK, "GET", "/v1/inbox?state=unopened", ""); list.count("items") != 2 {
		t.Errorf("unopened: %s", list.body)
	}
	challenge := c.want(http.StatusAccepted, "POST", "/v1/session/confirm", "").text("challenge")
	c.want(http.StatusNoContent, "POST", "/v1/session/confirm", `{"challenge":"`+challenge+`","code":"`+w.code(challenge)+`"}`)
	c.want(http.StatusOK, "POST", "/v1/inbox/"+judgment+"/open", "")
	w.age(c, 6*time.Minute)
	c.want(http.StatusOK, "POST", "/v1/inbox/"+judgment+"/open", "") // opened before
	c.refused(http.StatusForbidden, hub.CodeConfirmation, "POST", "/v1/inbox/"+writ+"/open", "")
}

// Where several people share a number, the phone proves too little: every paper asks for the personal code again. What
// is not one's own answers as ever.
func TestASharedPhoneAsksForThePersonalCode(t *testing.T) {
	w := newWorld(t)
	c, id := w.citizen("0076229645", "09120000001")
	paper := w.arrived("a", "summons", id)
	other, _ := w.citizen("1583250689", "0912 000 0001")
	refused := c.refused(http.StatusForbidden, hub.CodeConfirmation, "POST", "/v1/inbox/"+paper+"/open", "")
	if refused.text("errors", 0, "pointer") != "/personal_code" {
		t.Errorf("refused: %s", refused.body)
	}
	other.refused(http.StatusNotFound, hub.CodeNotFound, "POST", "/v1/inbox/"+paper+"/open", "")
	c.refused(http.StatusUnauthorized, hub.CodeUnauthorized, "POST", "/v1/session/confirm", `{"personal_code":"1029384756"}`)
	c.refused(http.StatusForbidden, hub.CodeConfirmation, "POST", "/v1/inbox/"+paper+"/open", "")
	c.want(http.StatusNoContent, "POST", "/v1/session/confirm", `{"personal_code":"`+personalCode+`"}`)
	c.want(http.StatusOK, "POST", "/v1/inbox/"+paper+"/open", "")
}
