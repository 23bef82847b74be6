package endtoend

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// A citizen leaves the inbox open on a phone; the court's system hands over a paper; it appears by itself, as a cover;
// opening it shows what it says, and the court sees actual service.
func TestACitizenSeesAPaperArriveInTheBrowser(t *testing.T) {
	in := newInstance(t, "api,worker,live")
	citizen := in.dev.inRole("citizen")[0]
	page := openTab(t, in.dev.BaseURL)
	page.signIn(citizen)
	page.waitFor(`document.querySelector('#live-state:not([hidden])') !== null`, "the live channel to be on")
	before := page.number(`document.querySelectorAll('.letter').length`)
	page.do(`window.untouched = true`)

	scan, court := scannedPage(t), in.as("court")
	var document, notice struct{ ID string }
	court.want(201, "POST", "/v1/documents?filename=scan.png", scan, "Content-Type", "image/png").into(t, &document)
	body := paper(reference("browser", 1), citizen)
	body["documents"] = []string{document.ID}
	court.want(201, "POST", "/v1/notices", body).into(t, &notice)

	link := fmt.Sprintf(`.letter.unopened a[href="/inbox/%s"]`, notice.ID)
	page.waitFor(fmt.Sprintf(`document.querySelector('%s') !== null`, link), "the notice to appear")
	if page.number(`document.querySelectorAll('.letter').length`) != before+1 || !page.is(`window.untouched === true`) {
		t.Error("the notice did not appear in the page as it was, without a reload")
	}
	page.shoot("inbox")
	page.goTo("/inbox/" + notice.ID)
	if page.is(fmt.Sprintf(`document.body.innerText.includes('%s') || document.body.innerText.includes('%s')`, secretSubject, secretBody)) {
		t.Error("the cover shows the paper")
	}
	page.shoot("cover")
	page.do(fmt.Sprintf(`document.querySelector('form[action="/inbox/%s/open"] button').click()`, notice.ID))
	page.waitFor(fmt.Sprintf(`document.body.innerText.includes('%s')`, secretBody), "the opened paper")
	page.waitFor(fmt.Sprintf(`[...document.images].some(i => i.src.includes('%s') && i.complete && i.naturalWidth === 64)`, document.ID),
		"the document's image")
	page.shoot("notice")

	var seen struct{ Service struct{ Status string } }
	court.want(200, "GET", "/v1/notices/"+notice.ID, nil).into(t, &seen)
	if seen.Service.Status != "actual" {
		t.Errorf("service is %q, want actual", seen.Service.Status)
	}
}

// A clerk submits a paper by the form and watches its receipts come in, on a desk.
func TestAClerkSubmitsAPaperAndWatchesItsReceipts(t *testing.T) {
	in := newInstance(t, "api,worker,live")
	page := openTab(t, in.dev.BaseURL)
	page.size(1280, 900)
	page.signIn(in.dev.inRole("court_clerk")[0])
	page.goTo("/court/new")
	page.fill(map[string]string{"kind": "order", "capacity": "defendant", "addressee": in.dev.inRole("citizen")[0].NationalID,
		"case_number": "140312345678901234", "subject": secretSubject, "body": secretBody})
	page.shoot("court-new")
	page.do(`document.querySelector('form[action="/court/new"]').requestSubmit()`)
	page.waitFor(`/^\/court\/notices\//.test(location.pathname)`, "the submitted paper's page")
	page.waitFor(`document.body.innerText.includes('D.1') && document.body.innerText.includes('D.3')`, "arrival and SMS among the receipts")
	page.shoot("court-notice")
}

// tab is one page of a headless Chromium.
type tab struct {
	t    *testing.T
	ctx  context.Context
	base string
}

func openTab(t *testing.T, base string) *tab {
	t.Helper()
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true), chromedp.UserDataDir(t.TempDir()))
	ctx, stop := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(stop)
	ctx, stop = chromedp.NewContext(ctx)
	t.Cleanup(stop)
	p := &tab{t, ctx, base}
	p.size(360, 800)
	return p
}

func (p *tab) run(actions ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	if err := chromedp.Do(p.ctx, actions...); err != nil {
		p.t.Fatalf("chromium: %v", err)
	}
}

func (p *tab) size(width, height int64) { p.t.Helper(); p.run(chromedp.EmulateViewport(width, height)) }

func (p *tab) goTo(path string) { p.t.Helper(); p.run(chromedp.Navigate(p.base + path)) }

// text evaluates a script and gives its value as text.
func (p *tab) text(script string) string {
	p.t.Helper()
	value, err := chromedp.Run(p.ctx, chromedp.Evaluate[string]("String("+script+")"))
	if err != nil {
		p.t.Fatalf("%v: %s", err, script)
	}
	return value
}

func (p *tab) is(script string) bool { p.t.Helper(); return p.text(script) == "true" }

func (p *tab) number(script string) int {
	p.t.Helper()
	n, err := strconv.Atoi(p.text(script))
	if err != nil {
		p.t.Fatal(err)
	}
	return n
}

func (p *tab) do(script string) { p.t.Helper(); p.text("(() => { " + script + " })()") }

// waitFor waits until a page is there of which the condition holds. Between two pages there is none, and no fault in that.
func (p *tab) waitFor(condition, what string) {
	p.t.Helper()
	script := "String(document.readyState === 'complete' && (" + condition + "))"
	eventually(p.t, 20*time.Second, func() bool {
		value, err := chromedp.Run(p.ctx, chromedp.Evaluate[string](script))
		return err == nil && value == "true"
	},
		func() string { return what + "; the page says: " + tail(p.text(`document.body.innerText`), 600) })
}

// fill types into the fields of the page's form by name.
func (p *tab) fill(fields map[string]string) {
	p.t.Helper()
	for name, value := range fields {
		script := fmt.Sprintf(`document.querySelector('main [name="%s"]').value = %s`, name, strconv.QuoteToASCII(value))
		p.do(strings.ReplaceAll(script, `\U000`, `\u`))
	}
}

// signIn goes through the steps of signing in.
func (p *tab) signIn(who demoPerson) {
	p.t.Helper()
	p.goTo("/sign-in")
	p.fill(map[string]string{"national_id": who.NationalID, "personal_code": who.PersonalCode})
	asked := time.Now()
	p.do(`document.querySelector('main form').requestSubmit()`)
	p.waitFor(`document.querySelector('main [name="code"]') !== null`, "the second step of signing in")
	p.fill(map[string]string{"code": code(p.t, p.base, who.Mobile, asked, signInCode)})
	p.do(`document.querySelector('main form').requestSubmit()`)
	if who.TOTPSecret != "" {
		p.waitFor(`document.querySelector('main [name="totp"]') !== null`, "the last step of signing in")
		p.fill(map[string]string{"totp": secondCode(p.t, who.TOTPSecret)})
		p.do(`document.querySelector('main form').requestSubmit()`)
	}
	p.waitFor(`!location.pathname.startsWith('/sign-in')`, "being signed in")
}

// shoot keeps a picture in the folder that EBLAGH_TEST_SHOTS names, for people to look at.
func (p *tab) shoot(name string) {
	p.t.Helper()
	dir := os.Getenv("EBLAGH_TEST_SHOTS")
	if dir == "" {
		return
	}
	png, err := chromedp.Run(p.ctx, chromedp.CaptureScreenshot())
	if err != nil {
		p.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "real-"+name+".png"), png, 0o644); err != nil {
		p.t.Fatal(err)
	}
}
