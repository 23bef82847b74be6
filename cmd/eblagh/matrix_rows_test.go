package main

import (
	"bytes"
	"image"
	"image/color"
	"image/png"

	"eblagh/hub"
	"eblagh/hub/access"
	"eblagh/hub/enrol"
)

// matrixRow says how a call is made, and on what. A call of the wire is declared by its document; a page is declared here:
// whom it is for, and which action of hub/access it takes.
type matrixRow struct {
	objects   []matrixObject // none: the address names nothing
	body      string
	fill      func() string // a body of its own for each call
	query     string
	mediaType string // "": JSON, or a form for pages
	content   []int  // what an allowed call may also answer with, for its content
	fresh     bool   // it ends its session
	keeps     bool   // what is not there is not tried: it is the caller's session itself
	forged    string // a body that does something, to be called with where every check is forgotten; "": body
	noObject  bool   // what is not there is found out by something else than a 404

	who    string // pages: anyone, people or permitted
	action access.Action
}

// matrixObject is what an address names: ids by placeholder, made anew for each call where a call uses them up. vary is
// the one that is replaced to name something that is not there.
type matrixObject struct {
	name string
	vary string
	ids  func() map[string]string
	of   access.Object
}

func (o matrixObject) take() map[string]string {
	if o.ids == nil {
		return nil
	}
	return o.ids()
}

func (o matrixObject) unknown() map[string]string {
	ids := o.ids()
	ids[o.vary] = hub.NewID(hub.SystemClock()).String()
	return ids
}

// fixed is an object that calls do not use up. Pairs are placeholder and id; the first pair varies.
func fixed(name string, of access.Object, pairs ...string) matrixObject {
	return matrixObject{name: name, of: of, vary: pairs[0], ids: func() map[string]string {
		ids := map[string]string{}
		for i := 0; i < len(pairs); i += 2 {
			ids[pairs[i]] = pairs[i+1]
		}
		return ids
	}}
}

// rows is the world's table: one row for every call of the wire and every page.
func (w *matrixWorld) rows() map[string]matrixRow {
	rows := map[string]matrixRow{}
	for _, part := range []map[string]matrixRow{
		w.signInRows(), w.peopleRows(), w.paperRows(), w.draftRows(), w.draftPageRows(), w.caseRows(), w.operationRows(), w.logRows(), w.pageRows(), w.workPageRows(), w.casePageRows(),
	} {
		for pattern, row := range part {
			rows[pattern] = row
		}
	}
	return rows
}

func (w *matrixWorld) signInRows() map[string]matrixRow {
	return map[string]matrixRow{
		"POST /v1/activation":      {body: `{"national_id":"0076229645","activation_code":"1","personal_code":"1"}`, content: []int{401}},
		"POST /v1/session":         {body: `{"national_id":"0076229645","personal_code":"1"}`},
		"POST /v1/session/verify":  {body: `{"challenge":"` + w.newID().String() + `","code":"1"}`, content: []int{401}},
		"DELETE /v1/session":       {fresh: true},
		"GET /v1/me":               {},
		"GET /v1/sessions":         {},
		"DELETE /v1/sessions/{id}": {objects: []matrixObject{w.itsSession("id")}},

		"DELETE /v1/sessions":      {}, // the others
		"POST /v1/session/confirm": {body: `{}`, content: []int{401}}, "POST /v1/second-factor": {},
		"POST /v1/second-factor/confirm": {body: `{"code":"1"}`, content: []int{401, 404}},
		"DELETE /v1/second-factor":       {content: []int{401, 403, 404}},
	}
}

// itsSession is a session of the citizen's, besides the one in use.
func (w *matrixWorld) itsSession(placeholder string) matrixObject {
	own := w.people["the citizen"]
	return matrixObject{name: "the citizen's session", vary: placeholder, of: access.Object{Person: own}, ids: func() map[string]string {
		w.session(own)
		var id string
		w.ok(w.sql.QueryRow(w.Context(), `SELECT id::text FROM sessions WHERE person = $1 ORDER BY created_at DESC LIMIT 1`, own.String()).Scan(&id))
		return map[string]string{placeholder: id}
	}}
}

// citizen is the citizen, whose counsel a lawyer is.
func (w *matrixWorld) citizen() access.Object {
	return access.Object{Person: w.people["the citizen"], Attorney: w.attorney, At: w.citizens.of.At}
}

func (w *matrixWorld) peopleRows() map[string]matrixRow {
	citizen, legal := w.citizen(), access.Object{Person: w.company}
	people := []matrixObject{fixed("the citizen", citizen, "id", citizen.Person.String()), fixed("the company", legal, "id", w.company.String())}
	company := people[1:]
	grant := matrixObject{name: "a grant", vary: "id", of: access.Object{Person: w.people["a stranger"]}, ids: func() map[string]string {
		id := w.newID()
		w.exec(`INSERT INTO grants (id, person, role, organisation, revoked_at) VALUES ($1, $2, 'court_clerk', $3, hub_now())`, id,
			w.people["a stranger"], w.branch)
		return map[string]string{"id": id.String()}
	}}
	bound := w.boundGrant("id")
	representative := w.representativeOf("id", "representative_id")
	branch, office := access.Object{Organisation: w.branch}, access.Object{Organisation: w.office}
	branches := []matrixObject{fixed("a branch", branch, "id", w.branch.String())}
	offices := []matrixObject{fixed("an office", office, "id", w.office.String())}
	return map[string]matrixRow{
		"POST /v1/recipients":                      {body: `{"kind":"natural"}`},
		"POST /v1/recipients/lookup":               {body: `{"national_id":"` + w.numbers["the citizen"] + `"}`, content: []int{404}}, // who may read only their own
		"GET /v1/recipients/{id}":                  {objects: people},
		"PATCH /v1/recipients/{id}":                {objects: people, body: `{"email":"no address"}`, noObject: true},
		"POST /v1/recipients/{id}/contact/confirm": {objects: people[:1], body: `{"challenge":"` + w.newID().String() + `","code":"1"}`, content: []int{401, 404}, noObject: true},
		"POST /v1/recipients/{id}/activation":      {objects: people},
		"POST /v1/recipients/{id}/recovery":        {objects: []matrixObject{w.somebody("id")}, body: `{}`, noObject: true},
		"DELETE /v1/recipients/{id}/second-factor": {objects: people[:1], noObject: true},

		"GET /v1/recipients/{id}/representatives":                        {objects: company},
		"POST /v1/recipients/{id}/representatives":                       {objects: company, body: `{"national_id":"1","role":"owner"}`, noObject: true},
		"DELETE /v1/recipients/{id}/representatives/{representative_id}": {objects: []matrixObject{representative}},

		"POST /v1/branches": {body: `{"code":"","name":""}`, forged: `{"code":"forged","name":"demo"}`}, "GET /v1/branches": {},
		"GET /v1/branches/{id}/four-eyes": {objects: branches}, "PUT /v1/branches/{id}/four-eyes": {objects: branches, body: `{"people":true}`},
		"GET /v1/offices/{id}/four-eyes": {objects: offices}, "PUT /v1/offices/{id}/four-eyes": {objects: offices, body: `{"people":true}`},
		"GET /v1/branches/{id}": {objects: branches}, "PATCH /v1/branches/{id}": {objects: branches, body: `{"name":"B"}`},
		"POST /v1/offices": {body: `{"code":"","name":""}`, forged: `{"code":"forged","name":"demo"}`}, "GET /v1/offices": {},
		"GET /v1/offices/{id}": {objects: offices}, "PATCH /v1/offices/{id}": {objects: offices, body: `{"name":"B"}`},
		"POST /v1/staff":       {body: `{"national_id":"1","role":"none"}`, forged: `{"national_id":"` + w.numbers["a stranger"] + `","role":"operator"}`},
		"GET /v1/staff/{id}":   {objects: []matrixObject{grant}},
		"PATCH /v1/staff/{id}": {objects: []matrixObject{grant}, body: `{"disabled":true}`},

		"GET /v1/staff/{id}/identity":    {objects: []matrixObject{bound}},
		"PUT /v1/staff/{id}/identity":    {objects: []matrixObject{bound}, body: `{"subject":"somebody"}`}, // here is no provider
		"DELETE /v1/staff/{id}/identity": {objects: []matrixObject{bound}},
	}
}

// boundGrant is a grant of somebody of its own, for unbinding ends their sessions, who is bound to a subject.
func (w *matrixWorld) boundGrant(placeholder string) matrixObject {
	return matrixObject{name: "a bound clerk", vary: placeholder, ids: func() map[string]string {
		id, person := w.newID(), w.extra()
		w.exec(`INSERT INTO grants (id, person, role, organisation) VALUES ($1, $2, 'court_clerk', $3)`, id, person, w.branch)
		w.exec(`INSERT INTO identities (id, issuer, subject, person, bound_by) VALUES ($1, 'https://id.example', $2, $3, $3)`, id, id[:], person)
		return map[string]string{placeholder: id.String()}
	}}
}

// papers are the two that there are, under the name that an address gives them.
func (w *matrixWorld) papers(placeholder string, more ...func(matrixPaper) (string, string)) []matrixObject {
	var objects []matrixObject
	for name, p := range map[string]matrixPaper{"the citizen's paper": w.citizens, "the company's paper": w.companys} {
		pairs := []string{placeholder, p.notice}
		for _, m := range more {
			name, id := m(p)
			pairs = append(pairs, name, id)
		}
		objects = append(objects, fixed(name, p.of, pairs...))
	}
	return objects
}

func itsDocument(placeholder string) func(matrixPaper) (string, string) {
	return func(p matrixPaper) (string, string) { return placeholder, p.document }
}

func (w *matrixWorld) paperRows() map[string]matrixRow {
	submitted := w.papers("id")
	task := []matrixObject{fixed("an officer's task", access.Object{Organisation: w.branch}, "id", w.task, "document_id", w.taskPaper)}
	return map[string]matrixRow{
		"POST /v1/documents":                 {body: "no document", mediaType: "application/pdf"},
		"POST /v1/notices":                   {body: `{"reference":"","case":{"number":"1"},"kind":"order","addressee":{},"subject":""}`},
		"POST /v1/notices/batch":             {body: `{"notices":[]}`},
		"GET /v1/notices":                    {},
		"GET /v1/notices/{id}":               {objects: submitted},
		"POST /v1/notices/{id}/cancel":       {objects: submitted},
		"POST /v1/notices/{id}/correct":      {objects: submitted, body: `{"reference":"","case":{"number":"1"},"kind":"order","addressee":{},"subject":""}`},
		"POST /v1/notices/{id}/hand-over":    {objects: submitted},
		"GET /v1/notices/{id}/receipts":      {objects: submitted},
		"GET /v1/notices/{id}/evidence":      {objects: submitted, content: []int{503}}, // nothing is sealed here
		"GET /v1/notices/{id}/certificate":   {objects: submitted, content: []int{503}},
		"GET /v1/notices/{id}/looks":         {objects: submitted},
		"GET /v1/inbox":                      {},
		"POST /v1/inbox/{notice_id}/open":    {objects: w.papers("notice_id")},
		"GET /v1/officer-tasks":              {},
		"GET /v1/officer-tasks/{id}":         {objects: task},
		"POST /v1/officer-tasks/{id}/take":   {objects: task},
		"GET /v1/officer-tasks/{id}/paper":   {objects: task},
		"POST /v1/officer-tasks/{id}/return": {objects: task, body: `{"outcome":"none"}`},

		"GET /v1/inbox/{notice_id}/documents/{document_id}":  {objects: w.papers("notice_id", itsDocument("document_id"))},
		"GET /v1/officer-tasks/{id}/documents/{document_id}": {objects: task},
	}
}

func (w *matrixWorld) caseRows() map[string]matrixRow {
	cases := []matrixObject{
		fixed("the citizen's case", w.citizens.of, "id", w.citizens.matter), fixed("the company's case", w.companys.of, "id", w.companys.matter),
	}
	attorney := w.attorneyOf("id", "attorney_id")
	held, assigned := w.legalHold("id", "hold_id"), w.assignee("id", "person_id")
	own := w.people["the citizen"]
	copied := matrixObject{name: "the citizen's copy", vary: "id", of: access.Object{Person: own}, ids: func() map[string]string {
		id := w.newID()
		w.exec(`INSERT INTO exports (id, person, expires_at) VALUES ($1, $2, hub_now() + interval '1 h')`, id, own)
		return map[string]string{"id": id.String()}
	}}
	return map[string]matrixRow{
		"GET /v1/attorneys":                             {},
		"PATCH /v1/attorneys/{id}":                      {objects: []matrixObject{w.held("id")}, body: `{"reference":"demo"}`},
		"POST /v1/exports":                              {},
		"GET /v1/exports":                               {},
		"POST /v1/exports/{id}/take":                    {objects: []matrixObject{copied}},
		"POST /v1/cases/{id}/assignees":                 {objects: cases, body: `{"person_id":"` + w.newID().String() + `"}`},
		"GET /v1/cases/{id}/assignees":                  {objects: cases},
		"DELETE /v1/cases/{id}/assignees/{person_id}":   {objects: []matrixObject{assigned}},
		"POST /v1/cases/{id}/legal-holds":               {objects: cases, body: `{"reason":"demo"}`},
		"GET /v1/cases/{id}/legal-holds":                {objects: cases},
		"DELETE /v1/cases/{id}/legal-holds/{hold_id}":   {objects: []matrixObject{held}},
		"PUT /v1/cases/{id}/kind":                       {objects: cases, body: `{"kind":"civil"}`},
		"GET /v1/cases":                                 {},
		"GET /v1/cases/{id}":                            {objects: cases},
		"POST /v1/cases/{id}/attorneys":                 {objects: cases, body: `{"lawyer_id":"` + w.newID().String() + `","client_id":"` + w.newID().String() + `","scope":"read"}`},
		"DELETE /v1/cases/{id}/attorneys/{attorney_id}": {objects: []matrixObject{attorney}},
	}
}

// legalHold is a hold on the company's case.
func (w *matrixWorld) legalHold(matter, placeholder string) matrixObject {
	return matrixObject{name: "a legal hold", vary: placeholder, of: w.companys.of, ids: func() map[string]string {
		id := w.newID()
		w.exec(`INSERT INTO legal_holds (id, case_id, reason, placed_by) VALUES ($1, $2, 'demo', $1)`, id, w.companys.matter)
		return map[string]string{matter: w.companys.matter, placeholder: id.String()}
	}}
}

// assignee is somebody who works on the company's case.
func (w *matrixWorld) assignee(matter, placeholder string) matrixObject {
	return matrixObject{name: "somebody on a case", vary: placeholder, of: w.companys.of, ids: func() map[string]string {
		id := w.extra()
		w.exec(`INSERT INTO case_assignees (case_id, person, assigned_by) VALUES ($1, $2, $2)`, w.companys.matter, id)
		return map[string]string{matter: w.companys.matter, placeholder: id.String()}
	}}
}

// attorneyOf is a power of attorney in the company's case.
func (w *matrixWorld) attorneyOf(matter, placeholder string) matrixObject {
	return matrixObject{name: "a power of attorney", vary: placeholder, of: w.companys.of,
		ids: func() map[string]string {
			id := w.newID()
			w.exec(`INSERT INTO attorneys (id, case_id, lawyer, client, scope, since, organisation, registered_by)
				VALUES ($1, $2, $3, $4, 'read', hub_now(), $5, $5)`, id, w.companys.matter, w.extra(), w.company, w.branch)
			return map[string]string{matter: w.companys.matter, placeholder: id.String()}
		}}
}

// representativeOf is a reader of the company.
func (w *matrixWorld) representativeOf(legal, placeholder string) matrixObject {
	return matrixObject{name: "a reader of the company", vary: placeholder, of: access.Object{Person: w.company}, ids: func() map[string]string {
		id := w.newID()
		w.exec(`INSERT INTO representatives (id, legal_person, person, role) VALUES ($1, $2, $3, 'reader')`, id, w.company, w.extra())
		return map[string]string{legal: w.company.String(), placeholder: id.String()}
	}}
}

// held is the power of attorney of the lawyer.
func (w *matrixWorld) held(placeholder string) matrixObject {
	return fixed("the lawyer's power of attorney", access.Object{Person: w.people["lawyer"]}, placeholder, w.attorney.ID.String())
}

// casePageRows are the pages of cases, of counsel, and of those who act for legal persons.
func (w *matrixWorld) casePageRows() map[string]matrixRow {
	may := func(action access.Action, body string, objects ...matrixObject) matrixRow {
		return matrixRow{who: "permitted", action: action, body: body, objects: objects}
	}
	cases := []matrixObject{
		fixed("the citizen's case", w.citizens.of, "case", w.citizens.matter), fixed("the company's case", w.companys.of, "case", w.companys.matter),
	}
	attorney, representative := w.attorneyOf("case", "attorney"), w.representativeOf("recipient", "representative")
	ofOffice := fixed("the company", access.Object{Person: w.company}, "recipient", w.company.String())
	own := may(access.RepresentativeWrite, "x=", representative)
	own.content = []int{404} // who acts for nobody has none there, whatever their role
	list, appoint := may(access.RepresentativeRead, ""), may(access.RepresentativeWrite, "x=")
	list.content, appoint.content = own.content, own.content
	return map[string]matrixRow{
		"GET /cases": may(access.CaseRead, ""), "POST /cases": may(access.CaseRead, "case_number=1"),
		"GET /cases/{case}":                                   may(access.CaseRead, "", cases...),
		"GET /cases/{case}/keeping":                           may(access.LegalHoldRead, "", cases...),
		"POST /cases/{case}/kind":                             may(access.CaseClassify, "case_kind=civil", cases...),
		"POST /cases/{case}/assignees":                        may(access.CaseAssign, "assignee=x", cases...),
		"POST /cases/{case}/assignees/{person}/end":           may(access.CaseAssign, "x=", w.assignee("case", "person")),
		"POST /cases/{case}/legal-holds":                      may(access.LegalHoldPlace, "legal_reason=demo", cases...),
		"POST /cases/{case}/legal-holds/{hold}/lift":          may(access.LegalHoldLift, "x=", w.legalHold("case", "hold")),
		"POST /cases/{case}/attorneys":                        may(access.AttorneyWrite, "scope=", cases...),
		"POST /cases/{case}/attorneys/{attorney}/end":         may(access.AttorneyWrite, "end_reason=dismissed", attorney),
		"GET /lawyer":                                         may(access.AttorneyHold, ""),
		"POST /lawyer":                                        may(access.AttorneyHold, "find=demo"),
		"POST /lawyer/{attorney}/reference":                   may(access.AttorneyHold, "reference=demo", w.held("attorney")),
		"GET /lawyer/notices/{notice}":                        may(access.NoticeRead, "", w.papers("notice")...),
		"GET /representatives":                                list,
		"POST /representatives":                               appoint,
		"POST /representatives/{representative}/end":          own,
		"POST /office/recipients/{recipient}/representatives": may(access.RecipientEnrol, "x=", ofOffice),
		"POST /office/recipients/{recipient}/representatives/{representative}/end": may(access.RecipientEnrol, "x=", representative),
	}
}

func (w *matrixWorld) operationRows() map[string]matrixRow {
	delivery := []matrixObject{fixed("a delivery", w.citizens.of, "id", w.citizens.delivery)}
	return map[string]matrixRow{
		"GET /v1/lanes": {}, "GET /v1/deliveries": {query: "?notice_id={notice}", objects: w.papers("notice")},
		"GET /v1/deliveries/{id}":         {objects: delivery},
		"POST /v1/deliveries/{id}/replay": {objects: delivery},
		"POST /v1/holds":                  {body: `{"reason":""}`, forged: `{"channel":"sms","reason":"demo"}`}, "GET /v1/holds": {},
		"DELETE /v1/holds/{id}": {objects: []matrixObject{w.hold("id")}},

		"GET /v1/looks": {}, "GET /v1/trail": {query: "?object=" + w.citizens.notice}, "GET /v1/api-keys": {},
		"POST /v1/api-keys/{id}/rotate": {objects: []matrixObject{w.systemKey("id")}},
		"DELETE /v1/api-keys/{id}":      {objects: []matrixObject{w.systemKey("id")}},
	}
}

// logRows are public; the log of this instance is empty.
func (w *matrixWorld) logRows() map[string]matrixRow {
	empty := matrixRow{content: []int{404, 503}}
	return map[string]matrixRow{
		"GET /log/checkpoint": empty, "GET /log/tile/{level}/{n}": empty, "GET /log/tile/entries/{n}": empty,
	}
}

// somebody is a person who is not activated yet.
func (w *matrixWorld) somebody(placeholder string) matrixObject {
	return matrixObject{name: "somebody", vary: placeholder, ids: func() map[string]string {
		return map[string]string{placeholder: w.extra().String()}
	}}
}

// extra is a person whom nobody needs but one row.
func (w *matrixWorld) extra() hub.ID {
	w.Helper()
	id, vault := w.newID(), w.app.domain.vault
	w.exec(`INSERT INTO persons (id, kind, national_id_ct, national_id_index, given_name_ct, family_name_ct)
		VALUES ($1, 'natural', $5, $2, $3, $4)`, id, id[:], vault.SealText("Demo", "persons.given_name:"+id.String()),
		vault.SealText("Demo", "persons.family_name:"+id.String()), vault.SealText("0076229645", "persons.national_id:"+id.String()))
	return id
}

func (w *matrixWorld) hold(placeholder string) matrixObject {
	return matrixObject{name: "a hold", vary: placeholder, ids: func() map[string]string {
		id := w.newID()
		w.exec(`INSERT INTO holds (id, channel, reason, created_by) VALUES ($1, 'sms', 'demo', $1)`, id)
		return map[string]string{placeholder: id.String()}
	}}
}

// systemKey is a key of the branch that nobody uses.
func (w *matrixWorld) systemKey(placeholder string) matrixObject {
	return matrixObject{name: "a key of the branch", vary: placeholder, of: access.Object{Organisation: w.branch}, ids: func() map[string]string {
		_, id, err := w.app.domain.enroller.CreateKey(w.Context(), enrol.NewKey{Name: "demo", Role: hub.RoleCourtClerk, Organisation: w.branch})
		w.ok(err)
		return map[string]string{placeholder: id.String()}
	}}
}

// pageRows are the pages of visitors and addressees.
func (w *matrixWorld) pageRows() map[string]matrixRow {
	anyone, people := matrixRow{who: "anyone"}, matrixRow{who: "people"}
	form := func(row matrixRow, body string) matrixRow { row.body = body; return row }
	signOut := form(anyone, "x=")
	signOut.fresh = true
	return map[string]matrixRow{
		"GET /{$}": anyone, "POST /language": form(anyone, "language=fa&next=/"),
		"GET /sign-in": anyone, "GET /sign-in/second": anyone, "POST /sign-in/second": form(anyone, "code="), "POST /sign-in": form(anyone, "national_id="), "GET /sign-in/code": anyone, "POST /sign-in/code": form(anyone, "code="),
		"GET /sign-in/outside": {who: "anyone", content: []int{404}}, "GET /sign-in/outside/back": {who: "anyone", content: []int{404}}, // here is no provider
		"GET /activate": anyone, "POST /activate": form(anyone, "national_id="), "POST /sign-out": signOut,
		"GET /verify": anyone, "POST /verify": form(anyone, "x="),
		"GET /account": people, "POST /acting": form(people, "for="),
		"POST /account/exports":         form(people, "x="),
		"POST /account/sessions/revoke": form(people, "x="), "GET /account/second-factor": people,
		"POST /account/sessions/{session}/revoke": {who: "people", body: "x=", objects: []matrixObject{w.itsSession("session")}},
		"POST /account/second-factor":             form(people, "x="),
		"GET /account/second-factor/new":          people, "POST /account/second-factor/new": form(people, "code="),
		"POST /account/second-factor/remove": form(people, "x="), "GET /confirm": people, "POST /confirm": form(people, "x="),
		"GET /confirm/code": people, "POST /confirm/code": form(people, "code="), "GET /confirm/personal": people,
		"POST /confirm/personal":    form(people, "personal_code="),
		"GET /inbox":                {who: "permitted", action: access.InboxRead},
		"GET /inbox/{notice}":       {who: "permitted", action: access.InboxRead, objects: w.papers("notice")},
		"POST /inbox/{notice}/open": {who: "permitted", action: access.InboxOpen, objects: w.papers("notice"), body: "x="},
		"GET /looks":                {who: "permitted", action: access.LooksRead},
		"GET /inbox/{notice}/looks": {who: "permitted", action: access.LooksRead, objects: w.papers("notice")},
		"GET /inbox/{notice}/certificate": {who: "permitted", action: access.CertificateRead, objects: w.papers("notice"),
			content: []int{503}},
		"GET /inbox/{notice}/documents/{document}": {who: "permitted", action: access.DocumentRead,
			objects: w.papers("notice", itsDocument("document"))},
	}
}

// workPageRows are the pages of those who work with papers.
func (w *matrixWorld) workPageRows() map[string]matrixRow {
	task := []matrixObject{fixed("an officer's task", access.Object{Organisation: w.branch}, "task", w.task, "document", w.taskPaper)}
	person := []matrixObject{fixed("the citizen", w.citizen(), "recipient", w.people["the citizen"].String())}
	delivery := []matrixObject{fixed("a delivery", w.citizens.of, "delivery", w.citizens.delivery)}
	may := func(action access.Action, body string, objects ...matrixObject) matrixRow {
		return matrixRow{who: "permitted", action: action, body: body, objects: objects}
	}
	return map[string]matrixRow{
		"GET /court": may(access.NoticeRead, ""), "GET /court/new": may(access.NoticeSubmit, ""), "POST /court/new": may(access.NoticeSubmit, "subject="),
		"GET /court/notices/{notice}": may(access.NoticeRead, "", w.papers("notice")...),
		"GET /court/notices/{notice}/certificate": {who: "permitted", action: access.CertificateRead, objects: w.papers("notice"),
			content: []int{503}},
		"POST /court/notices/{notice}/hand-over": may(access.NoticeSubmit, "x=", w.papers("notice")...),

		"GET /officer": may(access.TaskWork, ""), "GET /officer/{task}": may(access.TaskWork, "", task...),
		"POST /officer/{task}/take": may(access.TaskWork, "x=", task...), "POST /officer/{task}/return": may(access.TaskWork, "x=", task...),
		"GET /officer/{task}/paper": may(access.TaskWork, "", task...), "GET /officer/{task}/documents/{document}": may(access.TaskWork, "", task...),

		"GET /office": may(access.RecipientEnrol, ""), "POST /office": may(access.RecipientEnrol, "national_id="),
		"POST /office/lookup":                            may(access.RecipientRead, "lookup_national_id="),
		"GET /office/recipients/{recipient}":             may(access.RecipientEnrol, "", person...),
		"POST /office/recipients/{recipient}/activation": may(access.RecipientEnrol, "x=", person...),

		"POST /office/recipients/{recipient}/recovery": {who: "permitted", action: access.RecipientEnrol, body: "x=",
			objects: []matrixObject{w.somebody("recipient")}, noObject: true},

		"GET /trail": may(access.TrailRead, ""), "POST /trail": may(access.TrailRead, "object=x"), "GET /keys": may(access.KeyRead, ""),
		"POST /keys/{key}/rotate": may(access.KeyRotate, "x=", w.systemKey("key")),
		"POST /keys/{key}/revoke": may(access.KeyRevoke, "x=", w.systemKey("key")),

		"GET /operator": may(access.LanesRead, ""), "POST /operator/holds": {who: "permitted", action: access.Operate, body: "reason=", forged: "hold_channel=sms&hold_reason=demo"},
		"POST /operator/holds/{hold}/release": may(access.Operate, "x=", w.hold("hold")),
		"GET /operator/deliveries":            may(access.LanesRead, ""), "POST /operator/deliveries": may(access.LanesRead, "id="),
		"GET /operator/deliveries/{delivery}":         may(access.LanesRead, "", delivery...),
		"POST /operator/deliveries/{delivery}/replay": may(access.Operate, "x=", delivery...),
	}
}

// examplePNG is a small picture that no other text gives.
func examplePNG(text string) string {
	m := image.NewRGBA(image.Rect(0, 0, len(text), 1))
	for i, c := range []byte(text) {
		m.Set(i, 0, color.RGBA{c, c, c, 255})
	}
	var out bytes.Buffer
	if err := png.Encode(&out, m); err != nil {
		panic(err)
	}
	return out.String()
}
