package web

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"eblagh/hub"
)

// until waits for a condition in the page.
func (s *screen) until(condition string) {
	s.t.Helper()
	if got := eval[bool](s, `new Promise(done => {
		const end = Date.now() + 15000;
		const look = () => (`+condition+`) ? done(true) : Date.now() > end ? done(false) : setTimeout(look, 20);
		look();
	})`); !got {
		s.t.Fatalf("never: %s", condition)
	}
}

const connected = `document.querySelector("#live-state.on")`

func letters(n int) string {
	return fmt.Sprintf(`document.querySelectorAll(".letter").length === %d`, n)
}

// A notice appears without reload, is acknowledged once it is shown, and after a lost connection the page asks for what
// came after the last one it was told of. Then a person opens it with the keyboard alone.
func TestLiveInBrowser(t *testing.T) {
	t.Parallel()
	h, wire := newFakeHub(), newLiveWire()
	s := newScreen(t, chrome(t), h, wire)
	s.as(citizen, Persian, "/inbox")
	s.until(connected)
	s.run(chromedp.Evaluate[chromedp.Void](`window.sameTab = true`))
	s.until(letters(2))

	tell := func(cursor int64) {
		wire.sends <- `{"type":"notice","cursor":` + strconv.FormatInt(cursor, 10) + `,"notice":{}}`
	}
	tell(h.arrive())
	s.until(letters(3))
	wire.wantAck(t, 3)
	s.until(`document.getElementById("live-news").textContent !== ""`)

	wire.drop <- struct{}{}
	s.until(`document.querySelector("#live-state:not(.on)")`)
	s.until(connected)
	wire.wantAck(t, 3) // who comes back says again what it has shown: it may have been lost
	wire.mu.Lock()
	if got := strings.Join(wire.resume, " "); got != "2 3" {
		t.Errorf("connected after %s", got)
	}
	wire.mu.Unlock()

	first, last := h.arrive(), h.arrive() // a burst is one fetch, and one acknowledgement of the last
	tell(first)
	tell(last)
	s.until(letters(5))
	wire.wantAck(t, 5)
	s.wantKeyboardOpens()
	s.wantCalm("live", false)
}

// An open page whose session is over shows its papers no longer: it leads to the sign-in page by itself.
func TestAnOpenPageLeavesWithItsSession(t *testing.T) {
	t.Parallel()
	wire := newLiveWire()
	s := newScreen(t, chrome(t), newFakeHub(), wire)
	s.as(citizen, Persian, "/inbox")
	s.until(connected)
	s.run(chromedp.Evaluate[chromedp.Void](`document.cookie = "fake_session=; path=/; max-age=0"`))
	wire.over <- struct{}{}
	s.run(chromedp.WaitVisible(chromedp.CSS("#f-national_id")))
	if path := eval[string](s, `location.pathname`); path != "/sign-in" {
		t.Errorf("the page leads to %s", path)
	}
}

// wantAck waits for the page's next acknowledgement.
func (w *liveWire) wantAck(t *testing.T, cursor int) {
	t.Helper()
	select {
	case ack := <-w.acks:
		if want := fmt.Sprintf(`{"type":"ack","cursor":%d}`, cursor); ack != want {
			t.Errorf("acknowledged %s, want %s", ack, want)
		}
	case <-time.After(15 * time.Second):
		t.Fatalf("cursor %d is not acknowledged", cursor)
	}
}

// wantKeyboardOpens tabs to the newest notice and opens it, without a mouse.
func (s *screen) wantKeyboardOpens() {
	s.t.Helper()
	s.tabTo(`document.activeElement.closest(".letter")`)
	s.run(chromedp.KeyEvent(kb.Enter), chromedp.WaitVisible(chromedp.CSS(`.means button`)))
	s.until(`document.querySelector("#page")`)
	s.tabTo(`document.activeElement.matches(".means button")`)
	if width := eval[string](s, `getComputedStyle(document.activeElement).outlineWidth`); width != "3px" {
		s.t.Errorf("what has the focus is outlined by %s", width)
	}
	s.run(chromedp.KeyEvent(kb.Enter))
	s.until(`document.querySelector("iframe")`)
	if !eval[bool](s, `document.querySelector(".note.good").textContent.includes("باز شد")`) {
		s.t.Error("nothing says that it was opened")
	}
}

// tabTo presses Tab until a condition holds.
func (s *screen) tabTo(condition string) {
	s.t.Helper()
	for range 40 {
		s.run(chromedp.KeyEvent(kb.Tab))
		if eval[bool](s, "!!("+condition+")") {
			return
		}
	}
	s.t.Fatalf("the keyboard never reaches %s", condition)
}

// Forms are sent by htmx: the tab stays, errors get the focus, and signing in leads on.
func TestFormsInBrowser(t *testing.T) {
	t.Parallel()
	s := newScreen(t, chrome(t), newFakeHub(), newLiveWire())
	s.as(hub.ID{}, Persian, "/inbox")
	s.run(chromedp.SendKeys(chromedp.CSS("#f-national_id"), goodID), chromedp.SendKeys(chromedp.CSS("#f-personal_code"), "9081726354"+kb.Enter),
		chromedp.WaitVisible(chromedp.CSS("#f-code")), chromedp.SendKeys(chromedp.CSS("#f-code"), "000000"+kb.Enter),
		chromedp.WaitVisible(chromedp.CSS(".note.bad")))
	s.until(`document.activeElement.matches(".note.bad")`) // the errors get the focus
	s.run(chromedp.SendKeys(chromedp.CSS("#f-code"), "123456"+kb.Enter), chromedp.WaitVisible(chromedp.CSS(".letter")))
	s.until(connected)
	if path := eval[string](s, `location.pathname`); path != "/inbox" {
		t.Errorf("signing in leads to %s", path)
	}
	if title := eval[string](s, `document.title`); !strings.HasPrefix(title, "صندوق ابلاغ") {
		t.Errorf("the title is %q", title)
	}
	s.wantCalm("sign-in", true)
}

// Without a script every form is a plain POST, and nothing in a page is script or style.
func TestPagesWorkWithoutScript(t *testing.T) {
	h := newFakeHub()
	b := browser{t: t, site: newSite(t, h), person: citizen, language: Persian}
	for _, row := range everyPage() {
		b.person = row.person
		body := b.get(row.path).Body.String()
		for _, bad := range []string{"onclick=", "javascript:", " style=", "<style", "<script>", `method="get"`} {
			if strings.Contains(body, bad) {
				t.Errorf("%s has %s", row.name, bad)
			}
		}
		for rest := body; ; {
			_, after, found := strings.Cut(rest, "<form ")
			if !found {
				break
			}
			tag, _, _ := strings.Cut(after, ">")
			if !strings.Contains(tag, `method="post"`) || !strings.Contains(tag, `action="/`) {
				t.Errorf("%s has a form that needs a script: %s", row.name, tag)
			}
			rest = after
		}
	}
}
