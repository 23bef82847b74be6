package certificate_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"os/exec"
	"strings"
	"testing"

	"github.com/pdfcpu/pdfcpu/pkg/api"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/model"

	"eblagh/hub"
	"eblagh/hub/certificate"
	"eblagh/hub/typeset"
)

// goldens are the digests of certificates under certificate.Template. When one changes, look at the page, and give the
// template a new version.
func goldens() map[string]string {
	return map[string]string{
		"fa": "e2e2a893fde3766992c8a337a5ca2b4ca04a5dcad6abfda9b8ffed2bf076ec5c",
		"en": "1e8e2d9f9cff51ea6a4bc9ed62500b0fc4ad182d7016af8756548f880fd4a899",
	}
}

func TestSameContentSameBytes(t *testing.T) {
	for language, want := range goldens() {
		first, again := set(t, opened(typeset.Language(language))), set(t, opened(typeset.Language(language)))
		if !bytes.Equal(first, again) {
			t.Errorf("%s: a second call gives other bytes", language)
		}
		digest := sha256.Sum256(first)
		if got := hex.EncodeToString(digest[:]); got != want {
			t.Errorf("%s: digest %s, want %s", language, got, want)
		}
	}
}

// The text of a certificate must copy and search right: names, numbers, both kinds of time, digests.
func TestTextCopiesRight(t *testing.T) {
	for _, c := range []struct {
		name    string
		content certificate.Content
		want    []string
		never   []string
	}{
		{"opened fa", opened("fa"), []string{
			"گواهی ابلاغ", "ابلاغ واقعی", "مریم نمونه‌پور", "۰۰۷۶۲۲۹۶۴۵", "خوانده", "اخطاریهٔ وقت رسیدگی", "شعبهٔ ۱۲ دادگاه عمومی حقوقی نمونه",
			"۱۴۰۳۱۲۳۴۵۶۷۸۹۰۱۲۳۴", "۱۴۰۵۰۰۰۰۰۰۰۰۰۰۰۰۴۲", "۱۴۰۵/۰۹/۰۵ ساعت ۱۳:۰۳:۱۱ تهران", "2026-11-26T09:33:11.482113Z",
			"به صندوق مخاطب رسید (وصول)", "D.1", "گوشی در دسترس نیست", "مخاطب آن را گشود (رؤیت)", "۴۸۱۹۵", "مادهٔ ۱۳ آیین‌نامهٔ", "ir.on_arrival/1",
			"382635c9325bf3273d195ff1b8a44e5b", "11afd7d97addeb8863ea35feb98c1a07", "eblagh.example/log", "۴۸۲۱۱",
			"https://eblagh.example/verify?certificate=", "eblagh verify BUNDLE --key PUBKEY --document FILE",
		}, []string{"عدم ابلاغ", "آزمایشی"}},
		{"opened en", opened("en"), []string{
			"Certificate of service", "Actual service", "0076229645", "Defendant", "Notice of hearing", "140312345678901234",
			"26 November 2026 (1405/09/05) at 13:03:11 Tehran", "2026-11-26T09:33:11.482113Z", "handset out of reach",
			"The addressee opened it", "E.1", "48195", "eblagh.example/log+5c1a9f3e",
		}, []string{"non-service"}},
		{"unopened", unopened("fa"), []string{"گواهی ابلاغ", "ابلاغ قانونی", "خود مخاطب آن را نگشوده است"}, []string{"رؤیت"}},
		{"cancelled", cancelled("fa"), []string{"گواهی عدم ابلاغ", "پس گرفته شده و ابلاغ نشده است", "پیش از رسیدن پس گرفته شد"}, []string{"زمان ابلاغ", "رؤیت"}},
		{"corrected", corrected("fa"), []string{"گواهی ابلاغ", "با ابلاغیهٔ دیگری اصلاح شده است", id(77).String()}, []string{"اصلاح می‌کند"}},
		{"long", long("fa"), []string{
			"نمونهٔ آزمایشی؛ فاقد اعتبار قضایی", "شرکت تعاونی تولیدی و توزیعی نمونهٔ مهندسی", "International Trading", "••", "شخص حقوقی",
			"۱۰۳۸۰۲۸۴۷۹۰", "سند ۲۱", "بایت‌ها به حکم قانون حذف شده است", "eblagh:NotYetNamed", "۱۰۰۰۰۰۰۰۰۱",
		}, nil},
		{"long en", long("en"), []string{"without legal effect", "bytes erased by law", "1000000001", "legal person"}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			pdf := set(t, c.content)
			text := extract(t, pdf)
			for _, want := range c.want {
				if !strings.Contains(text, bare(want)) {
					t.Errorf("the text does not hold %q", want)
				}
			}
			for _, never := range c.never {
				if strings.Contains(text, bare(never)) {
					t.Errorf("the text holds %q", never)
				}
			}
			api.DisableConfigDir()
			conf := model.NewDefaultConfiguration()
			conf.ValidationMode = model.ValidationStrict
			if err := api.Validate(bytes.NewReader(pdf), conf); err != nil {
				t.Errorf("not a valid PDF: %v", err)
			}
			if t.Failed() {
				t.Log(text)
			}
		})
	}
}

// Many receipts go over pages, each with the table's header, and none is lost.
func TestManyReceiptsGoOverPages(t *testing.T) {
	c := long("fa")
	text := extract(t, set(t, c))
	if n := strings.Count(text, bare("ردیف دفتر")); n < 3 {
		t.Errorf("the header of the timeline stands %d times, want once on each page", n)
	}
	for _, r := range c.Receipts {
		if want := r.At.UTC().Format("2006-01-02T15:04:05.000000Z"); !strings.Contains(text, want) {
			t.Errorf("the receipt of %s is not there", want)
		}
	}
}

func TestUnknownLanguageIsRefused(t *testing.T) {
	c := opened("de")
	if _, err := certificate.Set(fonts(t), c); err == nil {
		t.Error("a certificate in a language without words was set")
	}
}

// The id names what a certificate says and not when: another checkpoint changes nothing, any fact does.
func TestIDIsOfWhatIsSaid(t *testing.T) {
	base := opened("fa").ID()
	for name, change := range map[string]func(*certificate.Content){
		"language": func(c *certificate.Content) { c.Language = "en" },
		"receipt":  func(c *certificate.Content) { c.Receipts[2].At = at(7) },
		"index":    func(c *certificate.Content) { c.Receipts[2].Index++ },
		"name":     func(c *certificate.Content) { c.Addressee.GivenName = "مرجان" },
		"document": func(c *certificate.Content) { c.Notice.Documents[0].SHA256[31] ^= 1 },
		"served":   func(c *certificate.Content) { c.Service.ServedAt = at(9) },
		"test":     func(c *certificate.Content) { c.Test = true },
	} {
		c := opened("fa")
		change(&c)
		if c.ID() == base {
			t.Errorf("another %s, the same id", name)
		}
	}
	later := opened("fa")
	later.AsOf.Size, later.AsOf.At = 99_999, at(500)
	if later.ID() != base {
		t.Error("a later checkpoint alone gives another id")
	}
}

// No event may stand on a certificate without a name in both languages.
func TestWordsAreCompleteInBothLanguages(t *testing.T) {
	fa, en := certificate.Words(t, "fa"), certificate.Words(t, "en")
	for key := range fa {
		if _, ok := en[key]; !ok {
			t.Errorf("en has no %s", key)
		}
	}
	for key := range en {
		if _, ok := fa[key]; !ok {
			t.Errorf("fa has no %s", key)
		}
	}
	var keys []string
	for _, e := range eventsOfHub(t) {
		keys = append(keys, "event."+e)
	}
	for _, k := range hub.Kinds {
		keys = append(keys, "kind."+string(k))
	}
	for _, k := range hub.Capacities {
		keys = append(keys, "capacity."+string(k))
	}
	for _, s := range constantsOfHub(t, "ServiceStatus") {
		keys = append(keys, "service."+s, "say."+s)
	}
	for _, s := range constantsOfHub(t, "ActorKind") {
		keys = append(keys, "actor."+s)
	}
	for _, s := range constantsOfHub(t, "Reason") {
		if s != "" {
			keys = append(keys, "reason."+s)
		}
	}
	for _, key := range keys {
		if fa[key] == "" || en[key] == "" {
			t.Errorf("%s: %q, %q", key, fa[key], en[key])
		}
	}
}

func eventsOfHub(t *testing.T) []string {
	events := constantsOfHub(t, "Event")
	if len(events) < 10 {
		t.Fatalf("only %d events were found", len(events))
	}
	return events
}

// extract is what pdftotext copies, without the direction marks that it adds.
func extract(t testing.TB, pdf []byte) string {
	t.Helper()
	path, err := exec.LookPath("pdftotext")
	if err != nil {
		t.Fatal("pdftotext is missing: install the package poppler-utils")
	}
	var out, complaint bytes.Buffer
	cmd := exec.CommandContext(t.Context(), path, "-enc", "UTF-8", "-", "-")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(pdf), &out, &complaint
	if err := cmd.Run(); err != nil || complaint.Len() > 0 {
		t.Fatalf("pdftotext: %v %s", err, complaint.String())
	}
	plain := strings.Map(func(r rune) rune {
		if r >= '\u202a' && r <= '\u202e' || r == '\u200e' || r == '\u200f' || r >= '\u2066' && r <= '\u2069' {
			return -1
		}
		return r
	}, out.String())
	return bare(plain)
}

// bare is a text without its spaces: pdftotext moves some from one side of a number to the other.
func bare(text string) string { return strings.Join(strings.Fields(text), "") }
