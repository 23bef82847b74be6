package web

import (
	"bytes"
	"context"
	"crypto/sha256"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"testing"
	"time"

	"eblagh/api/signin"
	"eblagh/hub"
	"eblagh/hub/access"
	"eblagh/hub/certificate"
	"eblagh/hub/dispatch"
	"eblagh/hub/enrol"
	"eblagh/hub/ladder"
	"eblagh/hub/reading"
)

// The people and things of the fake hub.
var (
	citizen  = fakeID(1)
	clerk    = fakeID(2)
	officer  = fakeID(3)
	operator = fakeID(4)
	carrier  = fakeID(5) // a service officer
	novice   = fakeID(6) // a clerk without a second factor
	auditor  = fakeID(94)
	head     = fakeID(95) // of the branch
	branch   = fakeID(9)
	carried  = fakeID(71) // a task of theirs
	waiting  = fakeID(72) // a task that nobody has
	over     = fakeID(73) // a task that was returned
	newer    = fakeID(20) // a notice not opened
	older    = fakeID(21) // a notice that was opened
	scanned  = fakeID(31) // its documents
	photo    = fakeID(32)
	noon     = time.Date(2026, 11, 24, 8, 35, 9, 123456000, time.UTC)
)

const (
	secretSubject = "موضوع پنهان ابلاغیه"
	secretBody    = "متن پنهان ابلاغیه"
	goodID        = "0076229645"
	strangerID    = "1583250689"
)

func fakeID(n byte) hub.ID {
	id := hub.NewID(noon)
	copy(id[8:], []byte{0x80, 0, 0, 0, 0, 0, 0, n})
	copy(id[6:], []byte{0x70, 0})
	return id
}

// fakeHub stands in for the domain: one citizen with an inbox, one court, one office.
type fakeHub struct {
	copies  []enrol.Export
	outside Outside

	mu        sync.Mutex
	items     []reading.InboxItem // newest first
	submitted map[string]dispatch.Paper
	enrolled  []enrol.NewRecipient
	activated []string
	codesSent int
	accepted  int
	released  bool
	away      []string
	returns   []ladder.Form
	fetched   int
	fault     error
	breaks    bool // every look at an item panics
	recent    time.Time
	keys      []string // of the log

	references []string
	registered []enrol.NewAttorney
	appointed  []enrol.NewRepresentative
	endings    []string
	owners     bool // the company has several

	caseKind string   // "": nobody has said it
	kept     []string // what was done with holds and colleagues
}

func newFakeHub() *fakeHub {
	h := &fakeHub{submitted: map[string]dispatch.Paper{}, recent: noon}
	h.items = []reading.InboxItem{fakeItem(2, newer, "summons", false), fakeItem(1, older, "judgment", true)}
	return h
}

func fakeItem(cursor int64, id hub.ID, kind hub.Kind, opened bool) reading.InboxItem {
	n := fakeNotice(id, kind)
	item := reading.InboxItem{
		Cursor: cursor, ArrivedAt: n.ArrivedAt,
		Cover: hub.Cover{ID: id, Number: n.Number, Kind: kind, Branch: hub.BranchRef{ID: branch, Name: n.Branch.Name},
			ArrivedAt: n.ArrivedAt, OpeningMeans: "means"},
		Service: hub.Service{Status: hub.ServiceConstructive, ServedAt: n.ArrivedAt, Rule: "ir.on_arrival", RuleVersion: "1"},
	}
	if opened {
		n.OpenedAt = noon.Add(time.Hour)
		item.Notice, item.OpenedAt, item.Service.Status = &n, n.OpenedAt, hub.ServiceActual
	}
	return item
}

func fakeNotice(id hub.ID, kind hub.Kind) hub.Notice {
	return hub.Notice{
		ID: id, Number: "140500000000000042", Kind: kind, Capacity: "defendant", Recipient: citizen, Submitter: branch,
		Branch: hub.Organisation{ID: branch, Name: "شعبهٔ ۱۲ دادگاه عمومی حقوقی نمونه‌شهر"},
		Case:   hub.Case{Number: "140512345678901234", ArchiveNumber: "0500123"}, Subject: secretSubject,
		Body: secretBody + "\nدر وقت مقرر در جلسهٔ رسیدگی حاضر شوید.", Priority: hub.PriorityNormal,
		HearingAt: noon.Add(30 * 24 * time.Hour), CreatedAt: noon.Add(-time.Minute), ArrivedAt: noon,
		Corrects: fakeID(41), CorrectedBy: fakeID(42),
		Documents: []hub.Document{
			{ID: scanned, Size: 14200, MediaType: "application/pdf", FileName: "دادنامه.pdf"},
			{ID: photo, Size: 2300000, MediaType: "image/png", FileName: "نقشه.png"},
		},
		Deliveries: []hub.Delivery{
			{Channel: hub.ChannelInbox, Status: hub.DeliveryDelivered, Attempts: 1, UpdatedAt: noon},
			{Channel: hub.ChannelSMS, Status: hub.DeliverySent, Attempts: 2, LastReason: hub.ReasonUnreachable, UpdatedAt: noon},
		},
	}
}

func (h *fakeHub) Inbox(_ context.Context, _ access.Principal, q reading.InboxQuery) (reading.InboxPage, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	page := reading.InboxPage{}
	for _, item := range h.items {
		if q.State == reading.StateAll || (q.State == reading.StateOpened) == (item.Notice != nil) {
			page.Items = append(page.Items, item)
		}
	}
	if q.State == reading.StateAll && q.After == "" && len(page.Items) > 0 {
		page.Next = "mark"
	}
	return page, nil
}

// arrive puts one more notice into the inbox.
func (h *fakeHub) arrive() int64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	cursor := int64(len(h.items) + 1)
	h.items = append([]reading.InboxItem{fakeItem(cursor, fakeID(byte(100+cursor)), "order", false)}, h.items...)
	return cursor
}

func (h *fakeHub) Item(_ context.Context, p access.Principal, id hub.ID) (reading.InboxItem, error) {
	if h.breaks {
		panic("broken on purpose")
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, item := range h.items {
		if item.Cover.ID == id && p.ID == citizen {
			return item, nil
		}
	}
	return reading.InboxItem{}, hub.ErrNotFound
}

func (h *fakeHub) Open(_ context.Context, _ access.Principal, id hub.ID) (hub.Notice, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for i, item := range h.items {
		if item.Cover.ID == id {
			h.items[i] = fakeItem(item.Cursor, id, item.Cover.Kind, true)
			return hub.Notice{ID: id}, nil
		}
	}
	return hub.Notice{}, hub.ErrNotFound
}

func (h *fakeHub) Document(ctx context.Context, p access.Principal, notice, document hub.ID) (hub.Document, []byte, error) {
	if p.ID == counsel { // who reads what the citizen opened
		p.ID = citizen
	}
	if item, err := h.Item(ctx, p, notice); err != nil || item.Notice == nil {
		return hub.Document{}, nil, hub.ErrNotFound
	}
	for i, d := range fakeNotice(notice, "judgment").Documents {
		if d.ID == document {
			return d, [][]byte{smallPDF(), smallPNG()}[i], nil
		}
	}
	return hub.Document{}, nil, hub.ErrNotFound
}

func (h *fakeHub) Notice(_ context.Context, p access.Principal, id hub.ID) (hub.Notice, hub.Service, error) {
	if p.ID == counsel && id == older {
		n := *fakeItem(1, older, "judgment", true).Notice
		n.Case.ID = matter
		return n, hub.Service{Status: hub.ServiceActual}, nil
	}
	if _, err := access.Decide(p, access.NoticeRead, access.Object{Organisation: branch}); err != nil {
		return hub.Notice{}, hub.Service{}, err
	}
	n := fakeNotice(id, "summons")
	n.CorrectedBy = hub.ID{}
	if id == newer {
		n.CorrectedBy = fakeID(42)
	}
	n.Climb = hub.Climb{Done: []hub.RungDone{{Name: "second_sms", At: noon, Delivery: fakeID(90)}}, Next: "paper", NextAt: noon.Add(9 * 24 * time.Hour)}
	return n, fakeItem(1, id, "summons", false).Service, nil
}

func (h *fakeHub) Notices(_ context.Context, p access.Principal, _ reading.NoticeQuery) (reading.NoticePage, error) {
	if _, err := access.May(p, access.NoticeRead); err != nil {
		return reading.NoticePage{}, err
	}
	item := fakeItem(1, newer, "summons", false)
	return reading.NoticePage{Items: []reading.NoticeItem{{Notice: fakeNotice(newer, "summons"), Service: item.Service}}, Next: "mark"}, nil
}

func (h *fakeHub) Receipts(context.Context, access.Principal, hub.ID) ([]hub.Receipt, error) {
	self, system := hub.Actor{Kind: hub.ActorSelf}, hub.Actor{Kind: hub.ActorSystem}
	return []hub.Receipt{
		{Event: hub.EventSubmissionAcceptance, At: h.recent.Add(-time.Minute), Actor: hub.Actor{Kind: hub.ActorClerk}},
		{Event: hub.EventContentConsignment, At: h.recent, Channel: hub.ChannelInbox, Actor: system},
		{Event: hub.EventConsignmentNotified, At: h.recent.Add(time.Second), Channel: hub.ChannelSMS, Actor: system},
		{Event: hub.EventConsignmentNotifyFail, At: h.recent.Add(2 * time.Second), Channel: hub.ChannelSMS, Actor: system,
			Reason: hub.ReasonUnreachable},
		{Event: hub.EventContentHandover, At: h.recent.Add(3 * time.Second), Actor: self},
	}, nil
}

func (h *fakeHub) Lanes(_ context.Context, p access.Principal) ([]reading.LaneState, error) {
	if _, err := access.May(p, access.LanesRead); err != nil {
		return nil, err
	}
	var out []reading.LaneState
	for i, lane := range hub.Lanes {
		out = append(out, reading.LaneState{Lane: lane, OldestDue: time.Duration(i) * 41 * time.Second, Capped: i == 6,
			Counts: map[hub.DeliveryStatus]int{hub.DeliveryPending: i * 170, hub.DeliverySent: i}})
	}
	return out, nil
}

func (h *fakeHub) Holds(context.Context, access.Principal) ([]hub.Hold, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.released {
		return nil, nil
	}
	return []hub.Hold{{ID: fakeID(61), Submitter: fakeID(62), Reason: "دلیل نمونه", CreatedBy: operator, CreatedAt: noon}}, nil
}

func (h *fakeHub) Release(_ context.Context, p access.Principal, hold hub.ID) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if _, err := access.May(p, access.Operate); err != nil {
		return err
	}
	if h.released || hold != fakeID(61) {
		return hub.ErrNotFound
	}
	h.released = true
	return nil
}

func (h *fakeHub) OpeningMeans(_ hub.Kind, language string) string {
	if language == "fa" {
		return "ابلاغ از زمان رسیدن این برگ به صندوق شما انجام شده است، چه آن را باز کنید چه نکنید. اگر خودتان آن را باز کنید، ابلاغ «واقعی» شمرده می‌شود."
	}
	return "Service took place when this paper arrived in your inbox, whether or not you open it. If you open it yourself, service counts as “actual”."
}

func (h *fakeHub) Basis(_ hub.Service, language string) string {
	if language == "fa" {
		return "مادهٔ ۱۳ آیین‌نامه: وصول در حساب کاربری مخاطب ابلاغ است"
	}
	return "bylaw 13: arrival in the addressee's account is service"
}

func (h *fakeHub) Submit(_ context.Context, p access.Principal, papers []dispatch.Paper, request []byte) ([]dispatch.Result, error) {
	paper := papers[0]
	if paper.Addressee.NationalID == strangerID {
		return []dispatch.Result{{Err: &hub.Error{Code: hub.CodeNotEnrolled,
			Fields: []hub.Field{{Pointer: "/addressee", Code: "not_enrolled"}}}}}, nil
	}
	if _, taken := h.submitted[paper.Reference]; taken && request == nil {
		return []dispatch.Result{{Err: &hub.Error{Code: hub.CodeDuplicateReference}}}, nil
	}
	h.submitted[paper.Reference] = paper
	return []dispatch.Result{{Notice: hub.Notice{ID: newer}, Warnings: []hub.Field{{Pointer: "/hearing_at", Code: "short_notice"}}}}, nil
}

func (h *fakeHub) Issue(_ context.Context, p access.Principal, notice hub.ID, language string) (certificate.File, error) {
	if notice == newer && p.ID == citizen {
		return certificate.File{}, hub.Refuse(hub.CodeWrongState, "not opened")
	}
	return certificate.File{Name: "certificate-" + language + ".pdf", PDF: smallPDF()}, nil
}

func (h *fakeHub) Accept(_ context.Context, _ access.Principal, name, mediaType string, body io.Reader) (hub.Document, error) {
	bytes, err := io.ReadAll(body)
	if err != nil {
		return hub.Document{}, err
	}
	if string(bytes[:min(4, len(bytes))]) != "%PDF" {
		return hub.Document{}, &hub.Error{Code: hub.CodeUnsupportedDocument, Fields: []hub.Field{{Code: "wrong-type"}}}
	}
	h.accepted++
	return hub.Document{ID: scanned, FileName: name}, nil
}

// fakeVault marks devices in a way that nobody should use.
type fakeVault struct{}

func (fakeVault) Index(kind, value string) []byte {
	sum := sha256.Sum256([]byte(kind + value))
	return sum[:]
}

func (v fakeVault) Marked(kind, value string, mark []byte) bool {
	return bytes.Equal(mark, v.Index(kind, value)[:16])
}

// newSite makes the pages over a fake hub.
func newSite(t testing.TB, h *fakeHub) http.Handler {
	t.Helper()
	handler, err := New(Deps{
		Enroller: h, Reader: h, Dispatcher: h, Ladder: h, Keeper: fakeKeeper{h}, Intake: h, Certificates: h, Proof: h, Sessions: fakeSessions{}, Test: true, Outside: h.outside,
		Doors: &signin.Doors{Vault: fakeVault{}, Clock: func() time.Time { return noon }},
		Clock: func() time.Time { return noon.Add(10 * time.Second) }, Logger: slog.New(slog.DiscardHandler),
		Away: func(context.Context) []string { return h.away },
	})
	if err != nil {
		t.Fatal(err)
	}
	return handler
}
