package ladder

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
)

// Load reads every *.json file at the top of files: one version of one ladder each. It is strict: an unknown key or kind,
// rungs out of order, a wait that is none, a norm without source or two versions from one day are refused. The error
// joins all problems found in all files, each with its file and place.
func Load(files fs.FS) (*Book, error) {
	names, err := fs.Glob(files, "*.json")
	if err != nil {
		return nil, fmt.Errorf("ladders: %w", err)
	}
	if len(names) == 0 {
		return nil, errors.New("ladders: no *.json file found")
	}
	book, problems := &Book{}, []error(nil)
	for _, name := range names {
		e, wrong := read(files, name)
		for _, w := range wrong {
			problems = append(problems, fmt.Errorf("ladders: %s: %w", name, w))
		}
		book.editions = append(book.editions, e)
	}
	if len(problems) == 0 {
		problems = book.order()
	}
	if len(problems) > 0 {
		return nil, errors.Join(problems...)
	}
	return book, nil
}

func read(files fs.FS, name string) (edition, []error) {
	f, err := files.Open(name)
	if err != nil {
		return edition{}, []error{err}
	}
	defer f.Close()
	var e edition
	decoder := json.NewDecoder(f)
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&e); err != nil {
		return edition{}, []error{err}
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return edition{}, []error{errors.New("more than one JSON value")}
	}
	return e, e.check()
}

// order sorts editions by the day they hold from and finds those that contradict each other.
func (b *Book) order() []error {
	slices.SortFunc(b.editions, func(x, y edition) int {
		if x.ID != y.ID {
			return strings.Compare(x.ID, y.ID)
		}
		return x.from.Compare(y.from)
	})
	var problems []error
	seen := map[string]bool{}
	for i, e := range b.editions {
		if seen[e.name()] {
			problems = append(problems, fmt.Errorf("ladders: %s: version %s is there twice", e.ID, e.Version))
		}
		seen[e.name()] = true
		if i > 0 && b.editions[i-1].ID == e.ID && b.editions[i-1].from.Equal(e.from) {
			problems = append(problems, fmt.Errorf("ladders: %s: two versions hold from %s", e.ID, e.ValidFrom))
		}
	}
	return problems
}
