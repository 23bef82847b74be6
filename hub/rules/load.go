package rules

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"slices"
)

// Load reads every *.json file at the top of files: one version of one rule each. It is strict: an unknown key, a step
// that can never be reached, a norm without source, a basis missing in a language or two versions from one day are
// refused. The error joins all problems found in all files, each with its file.
func Load(files fs.FS) (*Book, error) {
	names, err := fs.Glob(files, "*.json")
	if err != nil {
		return nil, fmt.Errorf("rules: %w", err)
	}
	if len(names) == 0 {
		return nil, errors.New("rules: no *.json file found")
	}
	book, problems := &Book{versions: map[string][]rule{}}, []error(nil)
	for _, name := range names {
		r, wrong := read(files, name)
		for _, w := range wrong {
			problems = append(problems, fmt.Errorf("rules: %s: %w", name, w))
		}
		if len(wrong) == 0 {
			book.versions[r.ID] = append(book.versions[r.ID], r)
		}
	}
	problems = append(problems, book.order()...)
	if len(problems) > 0 {
		return nil, errors.Join(problems...)
	}
	return book, nil
}

func read(files fs.FS, name string) (rule, []error) {
	f, err := files.Open(name)
	if err != nil {
		return rule{}, []error{err}
	}
	defer f.Close()
	var r rule
	decoder := json.NewDecoder(f)
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&r); err != nil {
		return rule{}, []error{err}
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return rule{}, []error{errors.New("more than one JSON value")}
	}
	return r, r.check()
}

// order sorts versions by the day they hold from and finds those that contradict each other.
func (b *Book) order() []error {
	var problems []error
	for _, id := range slices.Sorted(maps.Keys(b.versions)) {
		versions := b.versions[id]
		slices.SortFunc(versions, func(x, y rule) int { return x.from.Compare(y.from) })
		seen := map[string]bool{}
		for i, r := range versions {
			if seen[r.Version] {
				problems = append(problems, fmt.Errorf("rules: %s: version %s is there twice", id, r.Version))
			}
			seen[r.Version] = true
			if i > 0 && r.from.Equal(versions[i-1].from) {
				problems = append(problems, fmt.Errorf("rules: %s: two versions hold from %s", id, r.ValidFrom))
			}
		}
	}
	return problems
}
