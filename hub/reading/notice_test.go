package reading_test

import (
	"slices"
	"testing"

	"eblagh/hub"
	"eblagh/hub/access"
	"eblagh/hub/reading"
)

func TestSubmitterReadsItsOwnInFull(t *testing.T) {
	w := newWorld(t)
	branch, office, person := w.organisation("branch"), w.organisation("office"), w.person()
	byBranch, document := w.submit(paper{submitter: branch, recipient: person.ID})
	byOffice, _ := w.submit(paper{submitter: office, branch: branch, recipient: person.ID, number: "77"})

	for _, c := range []struct {
		name   string
		p      access.Principal
		notice hub.ID
	}{
		{"a court's clerk", at(w.person(), hub.RoleCourtClerk, branch), byBranch},
		{"a court's system", key(hub.RoleCourtClerk, branch), byBranch},
		{"an office's clerk", at(w.person(), hub.RoleOfficeClerk, office), byOffice},
		{"an office's system", key(hub.RoleOfficeClerk, office), byOffice},
	} {
		n, service, err := w.reader.Notice(t.Context(), c.p, c.notice)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if n.ID != c.notice || n.Subject != secretSubject || n.Body != secretBody || n.Case.Subject != secretMatter ||
			len(n.Documents) != 1 || n.Documents[0].FileName != secretName || len(n.Deliveries) != 2 || n.Branch.ID != branch ||
			n.Recipient != person.ID || service.Status != hub.ServicePending {
			t.Errorf("%s: got %+v, %+v", c.name, n, service)
		}
	}
	// The addressee's road to the bytes is not the submitter's.
	_, _, err := w.reader.Document(t.Context(), key(hub.RoleCourtClerk, branch), byBranch, document)
	code(t, "document by the submitter", err, hub.CodeForbidden)
}

// API.md: ids that are not yours answer exactly like ids that do not exist, and roles that never may are told so alike.
func TestOthersNoticesAnswerLikeNothing(t *testing.T) {
	w := newWorld(t)
	branch, elsewhere, person := w.organisation("branch"), w.organisation("branch"), w.person()
	notice, _ := w.submit(paper{submitter: branch, recipient: person.ID})
	w.arrive(notice)
	withoutScope := key(hub.RoleCourtClerk, branch)
	withoutScope.Scopes = []access.Scope{access.ScopeNoticesWrite}

	for _, c := range []struct {
		name           string
		p              access.Principal
		read, receipts hub.Code
	}{
		{"nobody", access.Principal{}, hub.CodeUnauthorized, hub.CodeUnauthorized},
		{"a clerk elsewhere", at(w.person(), hub.RoleCourtClerk, elsewhere), hub.CodeNotFound, hub.CodeNotFound},
		{"a system elsewhere", key(hub.RoleCourtClerk, elsewhere), hub.CodeNotFound, hub.CodeNotFound},
		{"an officer of the branch", at(w.person(), hub.RoleServiceOfficer, branch), hub.CodeForbidden, hub.CodeNotFound},
		{"a key without the scope", withoutScope, hub.CodeForbidden, hub.CodeForbidden},
		{"a stranger", w.person(), hub.CodeForbidden, hub.CodeNotFound},
		{"a lawyer", at(w.person(), hub.RoleLawyer), hub.CodeNotFound, hub.CodeNotFound},
		{"an operator", at(w.person(), hub.RoleOperator), hub.CodeForbidden, hub.CodeNotFound},
		{"an admin's key", key(hub.RoleAdmin), hub.CodeForbidden, hub.CodeForbidden},
	} {
		for what, id := range map[string]hub.ID{"theirs": notice, "nothing": newID()} {
			n, _, err := w.reader.Notice(t.Context(), c.p, id)
			code(t, c.name+" reads "+what, err, c.read)
			if n.ID != (hub.ID{}) {
				t.Errorf("%s was shown %+v", c.name, n)
			}
			receipts, err := w.reader.Receipts(t.Context(), c.p, id)
			code(t, c.name+" reads the receipts of "+what, err, c.receipts)
			if len(receipts) != 0 {
				t.Errorf("%s was shown %+v", c.name, receipts)
			}
		}
		if page, _ := w.reader.Notices(t.Context(), c.p, reading.NoticeQuery{}); len(page.Items) != 0 {
			t.Errorf("%s was listed %+v", c.name, page)
		}
	}
}

// A clerk who is the addressee waits like everybody else: until they open it, no other road leads to the paper.
func TestClerkWhoIsTheAddressee(t *testing.T) {
	w := newWorld(t)
	branch := w.organisation("branch")
	clerk := at(w.person(), hub.RoleCourtClerk, branch)
	notice, _ := w.submit(paper{submitter: branch, recipient: clerk.ID})

	closed := func(when string) {
		t.Helper()
		_, _, err := w.reader.Notice(t.Context(), clerk, notice)
		code(t, "notice "+when, err, hub.CodeNotFound)
		page, err := w.reader.Notices(t.Context(), clerk, reading.NoticeQuery{Reference: "ref-1"})
		if err != nil || len(page.Items) != 0 {
			t.Errorf("%s it is listed: %+v, %v", when, page, err)
		}
	}
	closed("before arrival")
	_, err := w.reader.Receipts(t.Context(), clerk, notice)
	code(t, "receipts before arrival", err, hub.CodeNotFound)
	w.arrive(notice)
	closed("before opening")
	receipts, err := w.reader.Receipts(t.Context(), at(clerk, hub.RoleAuditor), notice)
	if err != nil || len(receipts) != 2 || receipts[0].Details != nil || receipts[0].Capacity != "" {
		t.Errorf("receipts before opening: %+v, %v", receipts, err)
	}
	w.open(notice)
	if n, _, err := w.reader.Notice(t.Context(), clerk, notice); err != nil || n.Subject != secretSubject {
		t.Errorf("once opened: %+v, %v", n, err)
	}
}

func TestAuditorSeesNoDigestOfATextOrPaper(t *testing.T) {
	w := newWorld(t)
	notice, _ := w.submit(paper{submitter: w.organisation("branch"), recipient: w.person().ID})
	auditor := key(hub.RoleAuditor)
	receipts, err := w.reader.Receipts(t.Context(), auditor, notice)
	if err != nil || len(receipts) != 1 {
		t.Fatalf("receipts: %+v, %v", receipts, err)
	}
	parts, _ := receipts[0].Details["parts"].(map[string]any)
	if parts["documents"] == nil || parts["subject"] != nil {
		t.Errorf("details are %v", receipts[0].Details)
	}
	_, _, err = w.reader.Notice(t.Context(), auditor, notice)
	code(t, "notice", err, hub.CodeForbidden)
}

func TestNoticesFilters(t *testing.T) {
	w := newWorld(t)
	branch, second, foreign, person := w.organisation("branch"), w.organisation("branch"), w.organisation("branch"), w.person()
	clerk := at(w.person(), hub.RoleCourtClerk, branch, second)
	clerk = at(clerk, hub.RoleServiceOfficer, foreign) // a role that may not read there
	pending, _ := w.submit(paper{submitter: branch, recipient: person.ID, number: "140312345678901234"})
	served, _ := w.submit(paper{submitter: second, recipient: person.ID, number: "140312345678901234"})
	opened, _ := w.submit(paper{submitter: branch, recipient: person.ID, number: "55"})
	cancelled, _ := w.submit(paper{submitter: branch, recipient: person.ID, number: "55"})
	expired, _ := w.submit(paper{submitter: branch, recipient: person.ID, number: "66"})
	other, _ := w.submit(paper{submitter: foreign, recipient: person.ID, number: "55"})
	w.arrive(served, opened, other)
	w.open(opened)
	w.setDelivery(cancelled, "inbox", "cancelled")
	w.setDelivery(cancelled, "sms", "cancelled")
	w.setDelivery(expired, "inbox", "expired")
	w.setDelivery(served, "sms", "failed")

	for _, c := range []struct {
		name string
		q    reading.NoticeQuery
		want []hub.ID
	}{
		{"all, newest first", reading.NoticeQuery{}, []hub.ID{expired, cancelled, opened, served, pending}},
		{"a case, as typed by hand", reading.NoticeQuery{CaseNumber: "۱۴۰۳-۱۲۳۴۵۶/۷۸۹۰۱۲۳۴"}, []hub.ID{served, pending}},
		{"a case of others too", reading.NoticeQuery{CaseNumber: "55"}, []hub.ID{cancelled, opened}},
		{"no such case", reading.NoticeQuery{CaseNumber: "56"}, nil},
		{"a reference", reading.NoticeQuery{Reference: "ref-2"}, []hub.ID{served}},
		{"a reference of others", reading.NoticeQuery{Reference: "ref-6"}, nil},
		{"delivery pending", reading.NoticeQuery{DeliveryStatus: hub.DeliveryPending}, []hub.ID{expired, opened, pending}},
		{"delivery delivered", reading.NoticeQuery{DeliveryStatus: hub.DeliveryDelivered}, []hub.ID{opened, served}},
		{"delivery failed", reading.NoticeQuery{DeliveryStatus: hub.DeliveryFailed}, []hub.ID{served}},
		{"delivery cancelled, on both channels", reading.NoticeQuery{DeliveryStatus: hub.DeliveryCancelled}, []hub.ID{cancelled}},
		{"delivery held", reading.NoticeQuery{DeliveryStatus: hub.DeliveryHeld}, nil},
		{"service pending", reading.NoticeQuery{ServiceStatus: hub.ServicePending}, []hub.ID{pending}},
		{"service constructive", reading.NoticeQuery{ServiceStatus: hub.ServiceConstructive}, []hub.ID{served}},
		{"service actual", reading.NoticeQuery{ServiceStatus: hub.ServiceActual}, []hub.ID{opened}},
		{"service cancelled", reading.NoticeQuery{ServiceStatus: hub.ServiceCancelled}, []hub.ID{cancelled}},
		{"not served", reading.NoticeQuery{ServiceStatus: hub.ServiceNotServed}, []hub.ID{expired}},
		{"service lapsed", reading.NoticeQuery{ServiceStatus: hub.ServiceLapsed}, nil},
		{"together", reading.NoticeQuery{CaseNumber: "55", DeliveryStatus: hub.DeliveryDelivered,
			ServiceStatus: hub.ServiceActual, Reference: "ref-3"}, []hub.ID{opened}},
		{"together, of different notices", reading.NoticeQuery{CaseNumber: "66", Reference: "ref-3"}, nil},
	} {
		for _, limit := range []int{1, 2, 3, 0} {
			var got []hub.ID
			for q := c.q; ; {
				q.Limit = limit
				page, err := w.reader.Notices(t.Context(), clerk, q)
				if err != nil {
					t.Fatalf("%s: %v", c.name, err)
				}
				for _, item := range page.Items {
					got = append(got, item.Notice.ID)
					if item.Notice.Body != "" || item.Notice.Subject != secretSubject || len(item.Notice.Deliveries) != 2 {
						t.Errorf("%s: listed as %+v", c.name, item.Notice)
					}
					if c.q.ServiceStatus != "" && item.Service.Status != c.q.ServiceStatus {
						t.Errorf("%s: service is %s", c.name, item.Service.Status)
					}
				}
				if q.After = page.Next; q.After == "" {
					break
				}
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("%s by %d: got %v, want %v", c.name, limit, got, c.want)
			}
		}
	}
	_, err := w.reader.Notices(t.Context(), clerk, reading.NoticeQuery{CaseNumber: " - ", Reference: "a\x00", DeliveryStatus: "lost",
		ServiceStatus: "lost", After: "aQ", Limit: 1000})
	want := []string{"/reference", "/delivery_status", "/service_status", "/case_number", "/after", "/limit"}
	if got := pointers(err); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
