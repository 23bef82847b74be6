package web

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/gorilla/websocket"

	"eblagh/hub"
)

// liveWire is the other end of the live channel: it sends what the test says and keeps what the page acknowledges.
type liveWire struct {
	mu     sync.Mutex
	sends  chan string
	resume []string // the cursor of each connection
	acks   chan string
	drop   chan struct{}
	over   chan struct{} // the session: the connection is told so, and nobody is let in any more
	shut   bool
}

func newLiveWire() *liveWire {
	return &liveWire{sends: make(chan string, 8), acks: make(chan string, 8), drop: make(chan struct{}), over: make(chan struct{})}
}

func (l *liveWire) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	l.mu.Lock()
	shut := l.shut
	l.mu.Unlock()
	if shut {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	conn, err := (&websocket.Upgrader{}).Upgrade(w, r, nil)
	if err != nil {
		return
	}
	defer conn.Close()
	l.mu.Lock()
	l.resume = append(l.resume, r.URL.Query().Get("after"))
	l.mu.Unlock()
	_ = conn.WriteMessage(websocket.TextMessage, []byte(`{"type":"hello","cursor":0,"recovered":true}`))
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		for {
			_, message, err := conn.ReadMessage()
			if err != nil {
				return
			}
			l.acks <- string(message)
		}
	}()
	for {
		select {
		case message := <-l.sends:
			_ = conn.WriteMessage(websocket.TextMessage, []byte(message))
		case <-l.drop:
			return
		case <-l.over:
			l.mu.Lock()
			l.shut = true
			l.mu.Unlock()
			_ = conn.WriteMessage(websocket.CloseMessage, websocket.FormatCloseMessage(3004, "sign in anew"))
			<-gone
			return
		case <-gone:
			return
		}
	}
}

// chrome is the machine's Chromium with an empty profile, one for the whole test.
func chrome(t *testing.T) context.Context {
	t.Helper()
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true),
		chromedp.UserDataDir(t.TempDir()))
	ctx, stop := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(stop)
	ctx, stop = chromedp.NewContext(ctx)
	t.Cleanup(stop)
	if err := chromedp.Do(ctx, chromedp.Navigate("about:blank")); err != nil {
		t.Fatalf("chromium is needed: %v", err)
	}
	return ctx
}

// screen is one tab, and what went wrong in it.
type screen struct {
	t    *testing.T
	ctx  context.Context
	base string
	who  string // the address that signed somebody in

	mu       sync.Mutex
	troubles []string
}

// newScreen opens a tab on a server that signs anybody in at /as.
func newScreen(t *testing.T, chrome context.Context, h *fakeHub, live http.Handler) *screen {
	t.Helper()
	mux := http.NewServeMux()
	mux.Handle("/", newSite(t, h))
	mux.Handle("/v1/live", live)
	mux.HandleFunc("/as", func(w http.ResponseWriter, r *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "fake_session", Value: r.FormValue("person"), Path: "/"})
		http.SetCookie(w, &http.Cookie{Name: languageCookie, Value: r.FormValue("language"), Path: "/"})
	})
	mux.HandleFunc("/favicon.ico", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	ctx, stop := chromedp.NewContext(chrome)
	t.Cleanup(stop)
	s := &screen{t: t, ctx: ctx, base: server.URL}
	if err := chromedp.Listen(ctx, s.hear); err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *screen) hear(event any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		s.troubles = append(s.troubles, e.ExceptionDetails.Text)
	case *log.EventEntryAdded:
		if e.Entry.Level == "error" {
			s.troubles = append(s.troubles, e.Entry.Text+" "+e.Entry.URL)
		}
	case *runtime.EventConsoleAPICalled:
		if e.Type == "error" || e.Type == "warning" {
			s.troubles = append(s.troubles, fmt.Sprint("console: ", string(e.Args[0].Value)))
		}
	}
}

// run does what a person would, within a time in which a page must answer.
func (s *screen) run(actions ...chromedp.Action[chromedp.Void]) {
	s.t.Helper()
	ctx, stop := context.WithTimeout(s.ctx, 20*time.Second)
	defer stop()
	if err := chromedp.Do(ctx, actions...); err != nil {
		s.t.Fatal(err)
	}
}

// as signs a person in and goes to a page.
func (s *screen) as(person hub.ID, l Language, path string) {
	s.t.Helper()
	id := ""
	if !person.IsZero() {
		id = person.String()
	}
	if who := "/as?person=" + id + "&language=" + string(l); who != s.who {
		s.run(chromedp.Navigate(s.base + who))
		s.who = who
	}
	s.run(chromedp.Navigate(s.base + path))
}

// eval runs a script in the page and gives its value.
func eval[T any](s *screen, script string) T {
	s.t.Helper()
	ctx, stop := context.WithTimeout(s.ctx, 20*time.Second)
	defer stop()
	value, err := chromedp.Run(ctx, chromedp.Evaluate[T](script, chromedp.EvalAwaitPromise))
	if err != nil {
		s.t.Fatal(err)
	}
	return value
}

// size makes the window as wide and high as a device, in a colour scheme.
func (s *screen) size(width, height int64, scheme string) {
	s.t.Helper()
	s.run(chromedp.EmulateViewport(width, height))
	_, err := chromedp.Call(s.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
	if err != nil {
		s.t.Fatal(err)
	}
}

// shoot keeps a picture of the page in the folder that EBLAGH_TEST_SHOTS names, for people to look at.
func (s *screen) shoot(name string) {
	dir := os.Getenv("EBLAGH_TEST_SHOTS")
	if dir == "" {
		return
	}
	high := eval[int64](s, `document.documentElement.scrollHeight`)
	s.run(chromedp.EmulateViewport(eval[int64](s, `innerWidth`), high))
	png, err := chromedp.Run(s.ctx, chromedp.CaptureScreenshot())
	if err != nil {
		s.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name+".png"), png, 0o644); err != nil {
		s.t.Fatal(err)
	}
}

// wantNoViolation runs axe-core and refuses what it finds serious or critical.
func (s *screen) wantNoViolation(what, source string) {
	s.t.Helper()
	found := eval[string](s, source+`;axe.run(document, {iframes: false, resultTypes: ["violations"]}).then(r => JSON.stringify(r.violations.filter(
		v => v.impact === "serious" || v.impact === "critical").map(v => v.id + ": " + v.nodes.map(n => n.target + " " + n.failureSummary).join("; "))))`)
	var list []string
	if err := json.Unmarshal([]byte(found), &list); err != nil {
		s.t.Fatal(err)
	}
	for _, violation := range list {
		s.t.Errorf("%s: %s", what, violation)
	}
}

// Each page in both languages, on a phone and on a desk, light and dark: written in its direction, no wider than the
// window, without an error in the console, and without a serious fault that axe-core knows (WCAG 2.2 AA).
func TestPagesInBrowser(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile("testdata/axe/axe.min.js")
	if err != nil {
		t.Fatal(err)
	}
	s := newScreen(t, chrome(t), newFakeHub(), newLiveWire())
	for j, l := range languages {
		for i, row := range everyPage() {
			name, scheme := row.name+"-"+string(l), []string{"light", "dark"}[(i/2+j)%2]
			s.size(360, 800, scheme)
			s.as(row.person, l, row.path)
			if got := eval[string](s, `document.documentElement.dir`); got != l.Dir() {
				t.Errorf("%s is written %s", name, got)
			}
			wantFits(t, s, name+" on a phone")
			s.shoot(name + "-phone")
			s.size(1280, 900, scheme)
			wantFits(t, s, name+" on a desk")
			s.shoot(name + "-desk")
			if (i+j)%2 == 0 { // axe takes its time: each page once, in alternating language, scheme and width
				s.size(360+int64(i/4%2)*920, 900, scheme)
				s.wantNoViolation(name+", "+scheme, string(source))
			}
			s.wantCalm(name, row.status >= 400)
		}
	}
}

func wantFits(t *testing.T, s *screen, what string) {
	t.Helper()
	if over := eval[int](s, `document.documentElement.scrollWidth - innerWidth`); over > 0 {
		t.Errorf("%s is %d px too wide", what, over)
	}
}

// wantCalm holds that nothing went wrong in the tab since the last time. An error page is itself reported by the
// browser as a resource that failed.
func (s *screen) wantCalm(what string, failing bool) {
	s.t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, trouble := range s.troubles {
		if !(failing && strings.HasPrefix(trouble, "Failed to load resource")) {
			s.t.Errorf("%s: %s", what, trouble)
		}
	}
	s.troubles = nil
}
