package main

import (
	"encoding/json"

	"eblagh/hub"
	"eblagh/hub/access"
)

// draft is a draft of the branch in a state, made anew for each call, by somebody whom the world does not know unless an
// author is given.
func (w *matrixWorld) draft(name string, author hub.ID, state hub.DraftState, placeholder, document string) matrixObject {
	if author.IsZero() {
		author = w.newID()
	}
	return matrixObject{name: name, vary: placeholder, of: access.Object{Organisation: w.branch, Author: author}, ids: func() map[string]string {
		return map[string]string{placeholder: w.addDraft(author, state).String(), document: w.citizens.document}
	}}
}

func (w *matrixWorld) addDraft(author hub.ID, state hub.DraftState) hub.ID {
	w.Helper()
	id, stranger := w.newID(), w.people["a stranger"]
	paper, err := json.Marshal(hub.DraftPaper{Case: hub.DraftCase{Number: "1"}, Capacity: "other", Subject: "demo",
		Addressee: hub.DraftAddressee{Recipient: stranger}, Channels: []hub.Channel{hub.ChannelInbox},
		Documents: []hub.ID{mustID(w.T, w.citizens.document)}})
	w.ok(err)
	vault := w.app.domain.vault
	w.exec(`INSERT INTO drafts (id, submitter, author, author_kind, paper_ct, state, reason_ct, decided_by, decided_at, expires_at, reference,
			kind, priority, case_number, branch, recipient, documents, case_key, restricted)
		SELECT $1::uuid, $2::uuid, $3::uuid, 'person', $4::bytea, $5::text, CASE WHEN $5 = 'returned' THEN $6::bytea END,
			CASE WHEN $5 = 'returned' THEN $1 END, CASE WHEN $5 = 'returned' THEN hub_now() END, hub_now() + interval '1 day', $9::text,
			'order', 'normal', '1', $2, $7::uuid, ARRAY[$8::uuid], '1', false`,
		id, w.branch, author, vault.Seal(paper, "drafts.paper:"+id.String()), string(state),
		vault.SealText("demo", "drafts.reason:"+id.String()), stranger, mustID(w.T, w.citizens.document), "draft-"+id.String())
	return id
}

func (w *matrixWorld) draftRows() map[string]matrixRow {
	waiting := []matrixObject{w.draft("a draft", hub.ID{}, hub.DraftWaiting, "id", "document_id")}
	own := func(state hub.DraftState) []matrixObject {
		return []matrixObject{
			w.draft("the clerk's draft", w.people["court_clerk"], state, "id", "document_id"),
			w.draft("the system's draft", w.named("the court's system").principal.ID, state, "id", "document_id"),
		}
	}
	const paper = `{"reference":"","case":{"number":"1"},"kind":"order","addressee":{},"subject":""}`
	return map[string]matrixRow{
		"GET /v1/drafts":                {},
		"GET /v1/drafts/{id}":           {objects: append(waiting, own(hub.DraftReturned)...)},
		"POST /v1/drafts/{id}/approve":  {objects: waiting},
		"POST /v1/drafts/{id}/return":   {objects: waiting, body: `{"reason":"demo"}`},
		"POST /v1/drafts/{id}/withdraw": {objects: own(hub.DraftWaiting)},
		"POST /v1/drafts/{id}/resubmit": {objects: own(hub.DraftReturned), body: paper},

		"GET /v1/drafts/{id}/documents/{document_id}": {objects: waiting},
	}
}

func (w *matrixWorld) draftPageRows() map[string]matrixRow {
	waiting := []matrixObject{w.draft("a draft", hub.ID{}, hub.DraftWaiting, "draft", "document")}
	own := func(state hub.DraftState) []matrixObject {
		return []matrixObject{w.draft("the clerk's draft", w.people["court_clerk"], state, "draft", "document")}
	}
	branch := []matrixObject{fixed("a branch", access.Object{Organisation: w.branch}, "organisation", w.branch.String())}
	may := func(action access.Action, body string, objects ...matrixObject) matrixRow {
		return matrixRow{who: "permitted", action: action, body: body, objects: objects}
	}
	return map[string]matrixRow{
		"GET /court/drafts":                              may(access.DraftRead, ""),
		"GET /court/drafts/{draft}":                      may(access.DraftRead, "", append(waiting, own(hub.DraftReturned)...)...),
		"GET /court/drafts/{draft}/documents/{document}": may(access.DraftRead, "", waiting...),
		"POST /court/drafts/{draft}/approve":             may(access.DraftDecide, "x=", waiting...),
		"POST /court/drafts/{draft}/return":              may(access.DraftDecide, "return_reason=demo", waiting...),
		"POST /court/drafts/{draft}/withdraw":            may(access.DraftChange, "x=", own(hub.DraftWaiting)...),
		"GET /court/drafts/{draft}/edit":                 may(access.DraftChange, "", own(hub.DraftReturned)...),
		"POST /court/drafts/{draft}/edit":                may(access.DraftChange, "x=", own(hub.DraftReturned)...),
		"GET /court/four-eyes":                           may(access.FourEyesWrite, ""),
		"POST /court/four-eyes/{organisation}":           may(access.FourEyesWrite, "four_eyes=people", branch...),
	}
}
