package endtoend

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Promise 8: nobody reads a paper by accident. Until the addressee opens it, every path shows the cover only; afterwards
// it shows to the addressee and the submitter, and to nobody else.
func TestUntilOpenedOnlyTheCoverShows(t *testing.T) {
	in := newInstance(t, "api,worker,live")
	people := in.dev.inRole("citizen")
	addressee, stranger := signIn(t, in.dev.BaseURL, people[0]), signIn(t, in.dev.BaseURL, people[1])
	position := int64(len(inbox(t, addressee)))
	live, err := dial(t, addressee, position)
	if err != nil {
		t.Fatal(err)
	}
	defer live.drop()

	court := in.as("court")
	scan := scannedPage(t)
	var document, notice struct{ ID string }
	court.want(201, "POST", "/v1/documents?filename=راز.png", scan, "Content-Type", "image/png").into(t, &document)
	body := paper(reference("cover", 1), people[0])
	body["documents"] = []string{document.ID}
	asked := time.Now()
	court.want(201, "POST", "/v1/notices", body).into(t, &notice)

	for {
		_ = live.ws.SetReadDeadline(time.Now().Add(20 * time.Second))
		_, raw, err := live.ws.ReadMessage()
		if err != nil {
			t.Fatal(err)
		}
		hides(t, "live", string(raw), document.ID)
		if strings.Contains(string(raw), notice.ID) {
			break
		}
	}
	bytesPath := "/v1/inbox/" + notice.ID + "/documents/" + document.ID
	for _, path := range []string{"/v1/inbox", "/v1/inbox?state=unopened", "/v1/inbox/" + notice.ID,
		"/v1/notices/" + notice.ID, "/v1/notices/" + notice.ID + "/receipts", bytesPath, "/v1/me",
		"/inbox", "/inbox/" + notice.ID} {
		hides(t, path, string(addressee.do("GET", path, nil).body), document.ID)
	}
	var sms string
	eventually(t, 20*time.Second, func() bool {
		for _, text := range texts(t, newCaller(t, in.dev.BaseURL, ""), people[0].Mobile) {
			if text.At.After(asked.Add(-time.Second)) {
				sms += text.Text
			}
		}
		return sms != ""
	}, func() string { return "no text came" })
	hides(t, "sms", sms, document.ID)
	if strings.Contains(sms, "http") || strings.Contains(sms, "://") {
		t.Errorf("the text has a link: %s", sms)
	}

	addressee.want(404, "GET", bytesPath, nil)
	opened := addressee.want(200, "POST", "/v1/inbox/"+notice.ID+"/open", map[string]any{})
	if s := string(opened.body); !strings.Contains(s, secretSubject) || !strings.Contains(s, secretBody) {
		t.Errorf("opening does not show the paper: %s", s)
	}
	if a := addressee.want(200, "GET", bytesPath, nil); !bytes.Equal(a.body, scan) {
		t.Errorf("the document came back with %d bytes, not %d", len(a.body), len(scan))
	}
	others := map[string]*caller{"stranger": stranger, "nobody": newCaller(t, in.dev.BaseURL, "")}
	for _, key := range []string{"office", "operator", "admin", "auditor"} {
		others[key] = in.as(key)
	}
	for who, c := range others {
		for _, path := range []string{"/v1/notices/" + notice.ID, "/v1/notices", "/v1/inbox/" + notice.ID, bytesPath,
			"/v1/inbox", "/inbox/" + notice.ID, "/court/notices/" + notice.ID} {
			hides(t, fmt.Sprint(who, " ", path), string(c.do("GET", path, nil).body), document.ID)
		}
		if a := c.do("POST", "/v1/inbox/"+notice.ID+"/open", map[string]any{}); a.status < 400 {
			t.Errorf("%s opened the notice", who)
		}
	}
	in.keepsSecrets(people)
}

func hides(t *testing.T, where, shown, document string) {
	t.Helper()
	for _, secret := range []string{secretSubject, secretBody, document, "راز.png"} {
		if strings.Contains(shown, secret) {
			t.Errorf("%s shows %q", where, secret)
		}
	}
}

// keepsSecrets searches what the processes logged and all that Redis keeps for anything personal. What dev prints for
// the newcomer names demo people on purpose; the log is its lines of JSON.
func (in *instance) keepsSecrets(people []demoPerson) {
	in.t.Helper()
	var log strings.Builder
	for line := range strings.Lines(in.front.logged()) {
		if strings.HasPrefix(line, "{") {
			log.WriteString(line)
		}
	}
	kept := map[string]string{"the log": log.String(), "Redis": in.redisContent()}
	secrets := []string{secretSubject, secretBody}
	for _, p := range people {
		secrets = append(secrets, p.NationalID, strings.TrimPrefix(p.Mobile, "+98"), p.PersonalCode, p.Name)
	}
	for where, text := range kept {
		if text == "" {
			in.t.Errorf("%s is empty: nothing was searched", where)
		}
		for _, secret := range secrets {
			if strings.Contains(text, secret) {
				in.t.Errorf("%s holds %q", where, secret)
			}
		}
	}
}

// redisContent is everything that went through Redis: its append-only files.
func (in *instance) redisContent() string {
	in.t.Helper()
	var all strings.Builder
	err := filepath.WalkDir(filepath.Join(in.dir, "stack"), func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.Contains(path, "aof") {
			return err
		}
		b, err := os.ReadFile(path)
		all.Write(b)
		return err
	})
	in.must(err)
	return all.String()
}

// scannedPage is an image that no other notice carries.
func scannedPage(t *testing.T) []byte {
	t.Helper()
	page := image.NewGray(image.Rect(0, 0, 64, 64))
	if _, err := rand.Read(page.Pix); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := png.Encode(&b, page); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
