package certificate

import (
	"embed"
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode"

	"eblagh/hub"
	"eblagh/hub/rules"
	"eblagh/hub/typeset"
)

// The words belong to the template, not to an instance's texts: a changed word changes the bytes of a certificate.
//
//go:embed words/*.json
var wordFiles embed.FS

// words are a language's, by key.
type words struct {
	language typeset.Language
	texts    map[string]string
}

func readWords(language typeset.Language) (words, error) {
	raw, err := wordFiles.ReadFile("words/" + string(language) + ".json")
	if err != nil {
		return words{}, fmt.Errorf("words of %q: %w", language, err)
	}
	w := words{language: language}
	if err := json.Unmarshal(raw, &w.texts); err != nil {
		return words{}, fmt.Errorf("words of %s: %w", language, err)
	}
	return w, nil
}

// say gives the text of a key with its names filled in: name, value, name, value.
func (w words) say(key string, fill ...string) string {
	text := w.texts[key]
	for i := 0; i+1 < len(fill); i += 2 {
		text = strings.ReplaceAll(text, "{"+fill[i]+"}", fill[i+1])
	}
	return text
}

// event names an event, by its channel where there are words for that. What the template has no words for keeps its
// name of the norm: it is shown, not left out.
func (w words) event(r hub.Receipt) string {
	for _, key := range []string{"event." + string(r.Event) + "." + string(r.Channel), "event." + string(r.Event)} {
		if text, ok := w.texts[key]; ok {
			return text
		}
	}
	return string(r.Event)
}

// term names a word of a closed set, or repeats it.
func (w words) term(set, word string) string {
	if text, ok := w.texts[set+"."+word]; ok {
		return text
	}
	return word
}

// digits writes ASCII digits as the language does.
func (w words) digits(s string) string {
	if w.language == typeset.Persian {
		return hub.PersianDigits(s)
	}
	return s
}

// number is an identifier: one of digits must not be reordered; one with Persian letters in it reads like words.
func (w words) number(s string) string {
	if strings.ContainsFunc(s, func(r rune) bool { return unicode.IsLetter(r) && unicode.Is(unicode.Arabic, r) }) {
		return typeset.IsolateRight(w.digits(s))
	}
	return typeset.Isolate(w.digits(s))
}

// moment says when, for people: the day as the language counts it, and Tehran's time to the second.
func (w words) moment(t time.Time) string {
	if t.IsZero() {
		return "—"
	}
	return w.say("moment", "day", w.day(t), "time", w.digits(t.In(rules.Tehran()).Format(time.TimeOnly)))
}

// day is the Jalali day in Persian, both in English: the paper is read beside Persian ones.
func (w words) day(t time.Time) string {
	jalali := rules.Jalali(t)
	if w.language == typeset.Persian {
		return w.digits(jalali)
	}
	return strings.TrimSpace(t.In(rules.Tehran()).Format("2 January 2006") + " (" + jalali + ")")
}

// exact is the moment in UTC to the microsecond, as receipts hold it.
func exact(t time.Time) string {
	return t.UTC().Format("2006-01-02T15:04:05.000000Z")
}
