package api_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"eblagh/api"
	"eblagh/hub"
)

// A copy of one's own data holds what is one's own, reads no paper by the way, is taken once, and asks for a fresh proof.
func TestACopyOfOnesOwnDataIsTakenOnce(t *testing.T) {
	w := newWorld(t)
	c, id := w.citizen("0076229645", "09120000001")
	other, _ := w.citizen("1583250689", "09120000002")
	pdf := string(must(os.ReadFile("../docs/example/hearing-notice.pdf")))
	document := w.made(w.court, "/v1/documents?filename=..%2Fpaper.pdf", pdf)
	notice := func(reference string) string {
		made := w.made(w.court, "/v1/notices", `{"reference":"`+reference+`","case":{"number":"140500000000000077"},"kind":"summons","addressee":{"recipient_id":"`+
			id+`"},"subject":"subject `+reference+`","body":"body `+reference+`","documents":["`+document+`"]}`)
		w.arrive()
		return made
	}
	opened, shut := notice("opened"), notice("shut")
	c.want(http.StatusOK, "POST", "/v1/inbox/"+opened+"/open", "")
	w.age(c, 6*time.Minute)
	c.refused(http.StatusForbidden, hub.CodeConfirmation, "POST", "/v1/exports", "")
	w.signIn(c, "0076229645")
	asked := c.want(http.StatusCreated, "POST", "/v1/exports", "").text("id")
	w.age(c, 6*time.Minute)
	c.refused(http.StatusForbidden, hub.CodeConfirmation, "POST", "/v1/exports/"+asked+"/take", "")
	w.signIn(c, "0076229645")
	other.refused(http.StatusNotFound, hub.CodeNotFound, "POST", "/v1/exports/"+asked+"/take", "")

	copied := c.want(http.StatusOK, "POST", "/v1/exports/"+asked+"/take", "")
	if copied.header.Get("Content-Type") != "application/zip" || copied.header.Get("Cache-Control") != "private, no-store" {
		t.Errorf("headers: %v", copied.header)
	}
	files, ofOpened, ofShut := unzip(t, copied.body), "", ""
	for name, text := range files {
		if strings.Contains(name, "..") || strings.HasPrefix(name, "/") {
			t.Errorf("%q leads out of its folder", name)
		}
		switch {
		case strings.Contains(name, opened):
			ofOpened += text
		case strings.Contains(name, shut):
			ofShut += text
		}
	}
	if !strings.Contains(files["profile.json"], "0076229645") || !strings.Contains(files["contacts.json"], "+989120000001") ||
		!strings.Contains(files["sessions.json"], `"current": true`) || !strings.Contains(files["README.txt"], "cover") {
		t.Errorf("profile, contacts, sessions or the note are missing: %v", names(files))
	}
	if !strings.Contains(ofOpened, "body opened") || !strings.Contains(ofOpened, pdf) || !strings.Contains(ofOpened, "ContentHandover") {
		t.Errorf("of the opened paper something is missing: %v", names(files))
	}
	for _, hidden := range []string{"subject shut", "body shut", pdf} {
		if strings.Contains(ofShut, hidden) {
			t.Errorf("of the paper that was not opened there is %q", hidden)
		}
	}
	if !strings.Contains(ofShut, "opening_means") || !strings.Contains(ofShut, "ContentConsignment") {
		t.Errorf("of the paper that was not opened the cover or the receipts are missing: %v", names(files))
	}
	if list := c.want(http.StatusOK, "GET", "/v1/inbox?state=unopened", ""); list.count("items") != 1 {
		t.Errorf("the copy opened something: %s", list.body)
	}
	c.refused(http.StatusNotFound, hub.CodeNotFound, "POST", "/v1/exports/"+asked+"/take", "")
	if list := c.want(http.StatusOK, "GET", "/v1/exports", ""); list.text("items", 0, "ended_at") == "" {
		t.Errorf("that all of it left is not noted: %s", list.body)
	}
	for range 2 {
		c.want(http.StatusCreated, "POST", "/v1/exports", "")
	}
	over := c.refused(http.StatusTooManyRequests, hub.CodeRateLimited, "POST", "/v1/exports", "")
	if left := over.header.Get("RateLimit"); !strings.HasPrefix(left, `"exports";r=0;t=8`) || over.header.Get("RateLimit-Policy") != `"exports";q=3;w=86400` {
		t.Errorf("of the quota is told %s", left)
	}
}

// A copy says who looked, as the call of looks does: however often that was, never what one did oneself, nothing of
// papers that have not arrived and nobody's name.
func TestACopyOfOnesOwnDataSaysWhoLooked(t *testing.T) {
	const looks = 105 // more than one page
	w := newWorld(t)
	c, id := w.citizen("0076229645", "09120000001")
	w.citizen("1583250689", "09120000002")
	notice := func(reference string) string {
		return w.made(w.court, "/v1/notices", `{"reference":"`+reference+`","case":{"number":"140500000000000077"},"kind":"summons","addressee":{"recipient_id":"`+
			id+`"},"subject":"subject","body":"body"}`)
	}
	empty := w.taken(c)["looks.json"]
	arrived := notice("arrived")
	w.arrive()
	waiting := notice("waiting")
	for range looks {
		w.court.want(http.StatusOK, "GET", "/v1/notices/"+arrived, "")
	}
	w.court.want(http.StatusOK, "GET", "/v1/notices/"+waiting, "")
	c.want(http.StatusOK, "GET", "/v1/inbox", "")

	text := w.taken(c)["looks.json"]
	var told []api.Look
	if err := json.Unmarshal([]byte(text), &told); err != nil {
		t.Fatalf("%v: %.500s", err, text)
	}
	ofPaper := 0
	for _, l := range told {
		if slices.Equal(l.Notices, []string{arrived}) && l.Role == "court_clerk" && l.Organisation == "شعبه نمونه" && l.By == "system" {
			ofPaper++
		}
	}
	if ofPaper != looks {
		t.Errorf("%d looks at the paper are told, want %d", ofPaper, looks)
	}
	var asked []api.Look
	for after := ""; ; {
		page := c.want(http.StatusOK, "GET", "/v1/looks?limit=50&after="+after, "")
		var list struct{ Items []api.Look }
		if err := json.Unmarshal(page.body, &list); err != nil {
			t.Fatal(err)
		}
		asked = append(asked, list.Items...)
		if after = page.text("next"); after == "" {
			break
		}
	}
	if !reflect.DeepEqual(told, asked) {
		t.Errorf("the copy tells %d looks, the call %d", len(told), len(asked))
	}
	if strings.Contains(text, waiting) || strings.Contains(text, `"role":"citizen"`) || strings.Contains(text, id) {
		t.Errorf("the copy tells too much: %.800s", text)
	}
	var before []api.Look
	if err := json.Unmarshal([]byte(empty), &before); err != nil || len(before) > 5 {
		t.Errorf("before anybody looked: %v %.500s", err, empty)
	}
}

// taken asks for a copy and takes it.
func (w *world) taken(c *client) map[string]string {
	w.t.Helper()
	id := c.want(http.StatusCreated, "POST", "/v1/exports", "").text("id")
	return unzip(w.t, c.want(http.StatusOK, "POST", "/v1/exports/"+id+"/take", "").body)
}

func unzip(t *testing.T, content []byte) map[string]string {
	t.Helper()
	archive, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, f := range archive.File {
		in, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(in)
		if err != nil {
			t.Fatal(err)
		}
		files[f.Name] = string(text)
	}
	return files
}

func names(files map[string]string) (out []string) {
	for name := range files {
		out = append(out, name)
	}
	return out
}
