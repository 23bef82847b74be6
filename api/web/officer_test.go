package web

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"eblagh/hub"
)

func TestOfficerReturns(t *testing.T) {
	h := newFakeHub()
	b := browser{t: t, site: newSite(t, h), person: carrier, language: Persian}
	task := "/officer/" + carried.String()
	form := url.Values{"outcome": {"to_person"}, "relation": {"self"}, "place": {"نمونه، پلاک ۱"}, "served_day": {"۱۴۰۵/۰۹/۰۳"},
		"served_time": {"۱۱:۳۰"}, "note": {"خط یک\r\nخط دو"}}
	if w := b.post(task+"/return", form); w.Code != http.StatusSeeOther || w.Header().Get("Location") != task {
		t.Fatalf("%d to %q", w.Code, w.Header().Get("Location"))
	}
	got := h.returns[0]
	if !got.ServedAt.Equal(time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC)) || got.Outcome != hub.PaperToPerson || got.Note != "خط یک\nخط دو" {
		t.Errorf("form %+v", got)
	}
	form.Set("place", "")
	wantPage(t, b.post(task+"/return", form), http.StatusUnprocessableEntity, []string{"با نتیجه نمی‌خواند", "این زمان هنوز نرسیده است",
		`href="#f-place"`, "خط یک"}, nil)
	form.Set("served_day", "دیروز")
	form.Set("served_time", "نیمروز")
	wantPage(t, b.post(task+"/return", form), http.StatusUnprocessableEntity, []string{`href="#f-served_day"`, `href="#f-served_time"`}, nil)
	if len(h.returns) != 1 {
		t.Errorf("%d returns", len(h.returns))
	}
}

func TestOfficerTakesAndPrints(t *testing.T) {
	h := newFakeHub()
	b := browser{t: t, site: newSite(t, h), person: carrier, language: English}
	if w := b.post("/officer/"+waiting.String()+"/take", nil); w.Code != http.StatusSeeOther {
		t.Errorf("taking answers %d", w.Code)
	}
	wantPage(t, b.get("/officer/"+waiting.String()+"/paper"), http.StatusConflict, nil, []string{secretSubject})
	if w := b.get("/officer/" + carried.String() + "/documents/" + scanned.String()); w.Code != http.StatusOK || w.Header().Get("Content-Type") != "application/pdf" {
		t.Errorf("a document answers %d", w.Code)
	}
	if h.fetched != 1 {
		t.Errorf("%d looks were recorded", h.fetched)
	}
	b.person = citizen
	wantPage(t, b.get("/officer"), http.StatusForbidden, nil, []string{"خیابان آزمایش"})
}

func TestCourtHandsOver(t *testing.T) {
	h := newFakeHub()
	b := browser{t: t, site: newSite(t, h), person: clerk, language: Persian}
	wantPage(t, b.get("/court/notices/"+older.String()), http.StatusOK, []string{"پیش از موعد", "پیامک دوم"}, nil)
	wantPage(t, b.get("/court/notices/"+newer.String()), http.StatusOK, nil, []string{"پیش از موعد"}) // it was corrected
	if w := b.post("/court/notices/"+newer.String()+"/hand-over", nil); w.Code != http.StatusSeeOther {
		t.Errorf("handing over answers %d", w.Code)
	}
	h.fault = hub.Refuse(hub.CodeWrongState, "")
	if w := b.post("/court/notices/"+newer.String()+"/hand-over", nil); w.Code != http.StatusConflict {
		t.Errorf("a second time answers %d", w.Code)
	}
}
