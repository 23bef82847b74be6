package reading

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"slices"

	"eblagh/hub"
)

// Openings says what opening a paper means in law, per kind and language. It never changes.
type Openings struct {
	languages map[string]meanings
}

// meanings is one language's file: words for the kinds that need their own, and for all others.
type meanings struct {
	Default string              `json:"default"`
	Kinds   map[hub.Kind]string `json:"kinds"`
}

// openingLanguages are the languages that covers are shown in; the first stands in for any other.
var openingLanguages = []string{"fa", "en"}

// LoadOpenings reads opening.fa.json and opening.en.json. It is strict: unknown keys and kinds, empty words, and kinds
// that one language has and another lacks are refused, all at once.
func LoadOpenings(files fs.FS) (*Openings, error) {
	o, problems := &Openings{languages: map[string]meanings{}}, []error(nil)
	for _, language := range openingLanguages {
		name := "opening." + language + ".json"
		m, err := readMeanings(files, name)
		if err != nil {
			problems = append(problems, fmt.Errorf("%s: %w", name, err))
			continue
		}
		o.languages[language] = m
		for _, p := range m.check() {
			problems = append(problems, fmt.Errorf("%s: %w", name, p))
		}
		first := o.languages[openingLanguages[0]]
		if !maps.EqualFunc(first.Kinds, m.Kinds, func(string, string) bool { return true }) {
			problems = append(problems, fmt.Errorf("%s: /kinds: not the same kinds as in %s", name, openingLanguages[0]))
		}
	}
	if len(problems) > 0 {
		return nil, errors.Join(problems...)
	}
	return o, nil
}

// Means gives the words for a kind in a language; Persian where the language is not known.
func (o *Openings) Means(kind hub.Kind, language string) string {
	m, ok := o.languages[language]
	if !ok {
		m = o.languages[openingLanguages[0]]
	}
	if words, ok := m.Kinds[kind]; ok {
		return words
	}
	return m.Default
}

func readMeanings(files fs.FS, name string) (meanings, error) {
	f, err := files.Open(name)
	if err != nil {
		return meanings{}, err
	}
	defer f.Close()
	var m meanings
	decoder := json.NewDecoder(f)
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&m); err != nil {
		return meanings{}, err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return meanings{}, errors.New("more than one JSON value")
	}
	return m, nil
}

func (m meanings) check() []error {
	var problems []error
	if m.Default == "" {
		problems = append(problems, errors.New("/default: must be there"))
	}
	for _, kind := range slices.Sorted(maps.Keys(m.Kinds)) {
		if !kind.Valid() {
			problems = append(problems, fmt.Errorf("/kinds/%s: no such kind", kind))
		}
		if m.Kinds[kind] == "" {
			problems = append(problems, fmt.Errorf("/kinds/%s: must say something", kind))
		}
	}
	return problems
}
