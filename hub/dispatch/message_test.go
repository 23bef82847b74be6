package dispatch_test

import (
	"encoding/json"
	"io/fs"
	"log/slog"
	"os"
	"strings"
	"testing"
	"testing/fstest"
	"unicode/utf8"

	"github.com/warthog618/sms"

	"eblagh/hub"
	"eblagh/hub/dispatch"
)

func load(files fs.FS) error {
	_, err := dispatch.New(dispatch.Options{Messages: files, Clock: hub.SystemClock, Logger: slog.New(slog.DiscardHandler)})
	return err
}

var shipped = os.DirFS("../../config/messages")

// DOMAIN: never a link, never a payment, no case detail beyond the number and date. And short: at most two parts.
func TestShippedMessages(t *testing.T) {
	if err := load(shipped); err != nil {
		t.Fatal(err)
	}
	for _, language := range []string{"fa", "en"} {
		for name, text := range shippedTexts(t, language) {
			full := strings.NewReplacer("{number}", "140500000000000001", "{date}", "1405/09/03", "{code}", "12345678").Replace(text)
			parts, err := sms.Encode([]byte(full))
			if err != nil || len(parts) > 2 {
				t.Errorf("%s %s: %d parts (%d characters), %v", language, name, len(parts), utf8.RuneCountInString(full), err)
			}
			for _, word := range []string{"http", ".ir", "www", "ریال", "تومان", "پرداخت", "pay"} {
				if strings.Contains(strings.ToLower(full), word) {
					t.Errorf("%s %s has %q", language, name, word)
				}
			}
		}
	}
}

func shippedTexts(t *testing.T, language string) map[string]string {
	t.Helper()
	content, err := fs.ReadFile(shipped, language+".json")
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string]string{}
	if err := json.Unmarshal(content, &texts); err != nil {
		t.Fatal(err)
	}
	return texts
}

func TestMessagesThatAreRefused(t *testing.T) {
	for name, change := range map[string]func(map[string]string){
		"a link":                func(m map[string]string) { m["notice"] += " https://example" },
		"an address":            func(m map[string]string) { m["sign_in"] += " eblagh.ir" },
		"no number":             func(m map[string]string) { m["notice"] = "{date}" },
		"the code twice":        func(m map[string]string) { m["confirm"] = "{code} {code}" },
		"a word of the case":    func(m map[string]string) { m["notice"] += " {subject}" },
		"one missing":           func(m map[string]string) { delete(m, "activation") },
		"one that nobody sends": func(m map[string]string) { m["advert"] = "x" },
		"very long":             func(m map[string]string) { m["confirm"] += strings.Repeat("x", 400) },
	} {
		texts := shippedTexts(t, "en")
		change(texts)
		content, err := json.Marshal(texts)
		if err != nil {
			t.Fatal(err)
		}
		fa, err := fs.ReadFile(shipped, "fa.json")
		if err != nil {
			t.Fatal(err)
		}
		if load(fstest.MapFS{"en.json": {Data: content}, "fa.json": {Data: fa}}) == nil {
			t.Errorf("%s was taken", name)
		}
	}
	if load(fstest.MapFS{}) == nil {
		t.Error("no messages at all were taken")
	}
}

// A text to a number that several people have names no paper, no day and nobody.
func TestTheTextToASharedPhoneNamesNothing(t *testing.T) {
	for _, language := range []string{"fa", "en"} {
		text := shippedTexts(t, language)["notice_shared"]
		if text == "" || strings.ContainsAny(text, "{}0123456789۰۱۲۳۴۵۶۷۸۹") {
			t.Errorf("%s: %q", language, text)
		}
	}
}
