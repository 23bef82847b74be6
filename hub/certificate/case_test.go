package certificate_test

import (
	"crypto/sha256"
	"fmt"
	"strings"
	"testing"
	"time"

	"eblagh/hub"
	"eblagh/hub/certificate"
	"eblagh/hub/typeset"
)

// at is a moment of the samples: minutes after the paper was accepted, 1405/09/05 13:02:11 in Tehran.
func at(minutes int) time.Time {
	return time.Date(2026, 11, 26, 9, 32, 11, 482_113_000, time.UTC).Add(time.Duration(minutes) * time.Minute)
}

func id(n byte) hub.ID { return hub.ID{0x01, 0x93, 0, 0, 0, 0, 0x70, 0, 0x80, 15: n} }

// opened is a paper that arrived, of which a text was sent, and that its addressee opened.
func opened(language typeset.Language) certificate.Content {
	document := hub.Document{ID: id(9), SHA256: sha256.Sum256([]byte("paper")), Size: 14_112, MediaType: "application/pdf",
		FileName: "اخطاریهٔ وقت رسیدگی.pdf"}
	c := certificate.Content{
		Language: language,
		Notice: hub.Notice{ID: id(1), Number: "140500000000000042", Kind: "hearing_notice", Capacity: "defendant",
			Case:   hub.Case{Number: "140312345678901234", ArchiveNumber: "0500123"},
			Branch: hub.Organisation{Name: "شعبهٔ ۱۲ دادگاه عمومی حقوقی نمونه"}, Documents: []hub.Document{document},
			CreatedAt: at(0)},
		Addressee: hub.Recipient{Kind: hub.PersonNatural, NationalID: "0076229645", GivenName: "مریم", FamilyName: "نمونه‌پور"},
		OpenedAt:  at(95),
		Service: hub.Service{Status: hub.ServiceActual, ServedAt: at(1), Rule: "ir.on_arrival", RuleVersion: "1",
			Basis: basis(language)},
		AsOf: certificate.Checkpoint{Origin: "eblagh.example/log", Size: 48_211, Root: sha256.Sum256([]byte("root")),
			At: at(96), Key: "eblagh.example/log+5c1a9f3e"},
		Verify: "https://eblagh.example/verify",
	}
	parts := map[string]any{"parts": map[string]any{"subject": fmt.Sprintf("%x", sha256.Sum256([]byte("s"))), "body": fmt.Sprintf("%x", sha256.Sum256([]byte("b"))),
		"documents": []any{fmt.Sprintf("%x", document.SHA256)}}}
	c.Receipts = []certificate.Receipt{
		receipt(hub.EventSubmissionAcceptance, 0, hub.ActorKey, "", "", parts),
		receipt(hub.EventContentConsignment, 1, hub.ActorSystem, hub.ChannelInbox, "", parts),
		receipt(hub.EventConsignmentNotified, 2, hub.ActorSystem, hub.ChannelLive, "", nil),
		receipt(hub.EventConsignmentNotifyFail, 3, hub.ActorSystem, hub.ChannelSMS, hub.ReasonUnreachable, nil),
		receipt(hub.EventConsignmentNotified, 20, hub.ActorSystem, hub.ChannelSMS, "", nil),
		receipt(hub.EventNotificationDelivered, 21, hub.ActorSystem, hub.ChannelSMS, "", nil),
		receipt(hub.EventContentHandover, 95, hub.ActorSelf, hub.ChannelInbox, "", parts),
	}
	return c
}

func receipt(e hub.Event, minutes int, actor hub.ActorKind, ch hub.Channel, reason hub.Reason, details map[string]any) certificate.Receipt {
	return certificate.Receipt{Index: int64(48_100 + minutes), Receipt: hub.Receipt{ID: id(byte(minutes)), Event: e, At: at(minutes),
		RecordedAt: at(minutes), Actor: hub.Actor{Kind: actor}, Channel: ch, Reason: reason, Details: details}}
}

func basis(language typeset.Language) string {
	if language == typeset.Persian {
		return "مادهٔ ۱۳ آیین‌نامهٔ نحوهٔ استفاده از سامانه‌های رایانه‌ای یا مخابراتی: ابلاغ با وصول در حساب کاربری مخاطب انجام شده و مخاطب آن را گشوده است؛ آثار ابلاغ واقعی بر آن بار می‌شود"
	}
	return "bylaw 13: served by arrival in the addressee's account; the addressee opened it, which has the effects of actual service"
}

// unopened arrived and was never opened.
func unopened(language typeset.Language) certificate.Content {
	c := opened(language)
	c.OpenedAt, c.Receipts = time.Time{}, c.Receipts[:4]
	c.Service.Status = hub.ServiceConstructive
	return c
}

// cancelled was withdrawn before it arrived.
func cancelled(language typeset.Language) certificate.Content {
	c := opened(language)
	c.OpenedAt = time.Time{}
	c.Receipts = append(c.Receipts[:1:1], receipt(hub.EventCancelled, 4, hub.ActorKey, "", hub.ReasonCancelled, nil))
	c.Service = hub.Service{Status: hub.ServiceCancelled, Rule: "ir.on_arrival", RuleVersion: "1", Basis: "withdrawn"}
	return c
}

// corrected arrived, and was corrected by another notice.
func corrected(language typeset.Language) certificate.Content {
	c := unopened(language)
	c.Notice.CorrectedBy = id(77)
	return c
}

// long is for a legal person with a long name, with more receipts than a page holds and letters that no font here has.
func long(language typeset.Language) certificate.Content {
	c := opened(language)
	c.Test = true
	c.Addressee = hub.Recipient{Kind: hub.PersonLegal, NationalID: "10380284790",
		Name: strings.Repeat("شرکت تعاونی تولیدی و توزیعی نمونهٔ مهندسی (سهامی خاص) International Trading Co. Ltd. ", 3) + "漢字"}
	c.Notice.Branch.Name = "شعبهٔ ۱۲ دادگاه عمومی حقوقی مجتمع قضایی شهید نمونهٔ شهرستان نمونه‌آباد استان نمونه (Branch 12-B/1403)"
	c.Notice.Case.Number = "۹۸-۰۹۹-ب/۱۲ (opaque No. 7)"
	for i := range 20 {
		c.Notice.Documents = append(c.Notice.Documents, hub.Document{ID: id(byte(100 + i)), SHA256: sha256.Sum256([]byte{byte(i)}),
			FileName: fmt.Sprintf("پیوست شمارهٔ %d (scan_%04d-final v2).jpg", i, i)})
	}
	for i := range 40 {
		c.Receipts = append(c.Receipts, receipt(hub.EventContentAccess, 100+i, hub.ActorClerk, "", "", nil))
	}
	c.Receipts = append(c.Receipts, certificate.Receipt{Index: 1_000_000_000, Receipt: hub.Receipt{
		Event: hub.EventDocumentErased, At: at(300), Actor: hub.Actor{Kind: hub.ActorClerk},
		Details: map[string]any{"sha256": fmt.Sprintf("%x", c.Notice.Documents[3].SHA256)}}},
		certificate.Receipt{Index: 1_000_000_001, Receipt: hub.Receipt{Event: "eblagh:NotYetNamed", At: at(301)}})
	return c
}

func fonts(t testing.TB) *typeset.Fonts {
	t.Helper()
	f, err := typeset.LoadFonts()
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func set(t testing.TB, c certificate.Content) []byte {
	t.Helper()
	pdf, err := certificate.Set(fonts(t), c)
	if err != nil {
		t.Fatal(err)
	}
	return pdf
}
