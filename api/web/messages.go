package web

import (
	"embed"
	"encoding/json"
	"fmt"
	"strings"

	"eblagh/hub"
)

//go:embed messages/*.json
var messageFiles embed.FS

// Language is a language of the pages, as a BCP 47 tag.
type Language string

// The languages. Persian is the first and the default.
const (
	Persian Language = "fa"
	English Language = "en"
)

// Languages lists every language, the default first.
var languages = []Language{Persian, English}

// Dir is the direction of writing, as the dir attribute of HTML wants it.
func (l Language) Dir() string {
	if l == Persian {
		return "rtl"
	}
	return "ltr"
}

// digits writes ASCII digits as the language writes them.
func (l Language) digits(s string) string {
	if l == Persian {
		return hub.PersianDigits(s)
	}
	return s
}

// catalogue holds every text of the pages in one language, by key.
type catalogue struct {
	language Language
	texts    map[string]string
}

// readCatalogues reads messages/LANGUAGE.json of every language. A key written twice is an error.
func readCatalogues() (map[Language]catalogue, error) {
	all := make(map[Language]catalogue, len(languages))
	for _, l := range languages {
		raw, err := messageFiles.ReadFile("messages/" + string(l) + ".json")
		if err != nil {
			return nil, fmt.Errorf("texts of %s: %w", l, err)
		}
		texts := map[string]string{}
		if err := json.Unmarshal(raw, &texts); err != nil {
			return nil, fmt.Errorf("texts of %s: %w", l, err)
		}
		all[l] = catalogue{language: l, texts: texts}
	}
	return all, nil
}

// text gives the text of a key with {name} replaced by the value that follows "name" in args. A missing key shows
// itself, so that a page never breaks over a word; a test sees to it that none is missing.
func (c catalogue) text(key string, args ...any) string {
	s, ok := c.texts[key]
	if !ok {
		return key
	}
	for i := 0; i+1 < len(args); i += 2 {
		s = strings.ReplaceAll(s, "{"+fmt.Sprint(args[i])+"}", c.language.digits(fmt.Sprint(args[i+1])))
	}
	return s
}

// has reports whether the key has a text.
func (c catalogue) has(key string) bool {
	_, ok := c.texts[key]
	return ok
}

// term gives the word for one value of a closed set, such as a kind of paper: the key is family.value.
func (c catalogue) term(family string, value any) string {
	return c.text(family + "." + fmt.Sprint(value))
}
