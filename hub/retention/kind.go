package retention

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"regexp"
	"strings"
)

// General is the kind of a case of which nobody said another.
const General = "general"

// Kind is a kind of case.
type Kind struct {
	Name       string            `json:"name"`
	Names      map[string]string `json:"names"` // by language
	Restricted bool              `json:"restricted,omitempty"`
	Why        string            `json:"why,omitempty"` // it is restricted: the norm, or that none is known
}

// Book is every kind of case, in its order.
type Book struct {
	kinds []Kind
}

type bookFile struct {
	ID      string `json:"id"`
	Version string `json:"version"`
	Kinds   []Kind `json:"kinds"`
}

// Load reads every *.json file at the top of files. It is strict, and joins all problems found.
func Load(files fs.FS) (*Book, error) {
	names, err := fs.Glob(files, "*.json")
	if err != nil {
		return nil, fmt.Errorf("kinds of case: %w", err)
	}
	b, seen, problems := &Book{}, map[string]bool{}, []error(nil)
	for _, name := range names {
		f, err := readBook(files, name)
		if err != nil {
			problems = append(problems, fmt.Errorf("kinds of case: %s: %w", name, err))
			continue
		}
		for _, k := range f.Kinds {
			if err := k.check(seen); err != nil {
				problems = append(problems, fmt.Errorf("kinds of case: %s: %q: %w", name, k.Name, err))
			}
			b.kinds = append(b.kinds, k)
		}
	}
	if !seen[General] {
		problems = append(problems, errors.New("kinds of case: general is missing"))
	}
	return b, errors.Join(problems...)
}

func readBook(files fs.FS, name string) (f bookFile, err error) {
	in, err := files.Open(name)
	if err != nil {
		return f, err
	}
	defer in.Close()
	decoder := json.NewDecoder(in)
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&f); err != nil {
		return f, err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return f, errors.New("more than one JSON value")
	}
	if f.ID == "" || f.Version == "" {
		return f, errors.New("id and version are needed")
	}
	return f, nil
}

var plainWord = regexp.MustCompile(`^[a-z][a-z_]{0,39}$`)

func (k Kind) check(seen map[string]bool) error {
	again := seen[k.Name]
	seen[k.Name] = true
	switch {
	case !plainWord.MatchString(k.Name):
		return errors.New("a name is a word of a-z")
	case again:
		return errors.New("it is there twice")
	case strings.TrimSpace(k.Names["fa"]) == "" || strings.TrimSpace(k.Names["en"]) == "":
		return errors.New("it needs names in fa and en")
	case k.Restricted != (k.Why != ""):
		return errors.New("why says why it is restricted, and nothing else")
	}
	return nil
}

// Kind gives a kind by its name; "" is general.
func (b *Book) Kind(name string) (Kind, bool) {
	if name == "" {
		name = General
	}
	for _, k := range b.kinds {
		if k.Name == name {
			return k, true
		}
	}
	return Kind{}, false
}

// Kinds lists every kind.
func (b *Book) Kinds() []Kind { return append([]Kind(nil), b.kinds...) }
