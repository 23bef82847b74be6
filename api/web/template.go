package web

import (
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"
	"time"
)

//go:embed templates/*.html
var templateFiles embed.FS

// templates are the pages of every language. Each page is the layout, the shared parts and its own file, and takes memory
// once somebody reads it.
type templates map[Language]map[string]func() (*template.Template, error)

// shared are the files that every page is parsed with.
var shared = []string{"templates/layout.html", "templates/parts.html", "templates/icons.html"}

// parseTemplates parses every page for every language, so that a broken one stops the start and not a reader. The
// functions that templates call know their language.
func parseTemplates(texts map[Language]catalogue, zone *time.Location, assets *assets) (templates, error) {
	pages, err := fs.Glob(templateFiles, "templates/*.html")
	if err != nil {
		return nil, fmt.Errorf("pages: %w", err)
	}
	all := templates{}
	for _, l := range languages {
		all[l] = map[string]func() (*template.Template, error){}
		own := functions(dates{texts[l], zone}, assets)
		for _, file := range pages {
			parse := func() (*template.Template, error) {
				return template.New("").Funcs(own).ParseFS(templateFiles, append(slices.Clone(shared), file)...)
			}
			name := strings.TrimSuffix(path.Base(file), ".html")
			if _, err := parse(); err != nil {
				return nil, fmt.Errorf("page %s: %w", name, err)
			}
			all[l][name] = sync.OnceValues(parse)
		}
	}
	return all, nil
}

// functions are what templates can call besides the methods of their data.
func functions(d dates, assets *assets) template.FuncMap {
	c := d.texts
	return template.FuncMap{
		"t":       c.text,
		"term":    c.term,
		"digits":  func(v any) string { return c.language.digits(fmt.Sprint(v)) },
		"moment":  d.moment,
		"iso":     d.iso,
		"day":     d.day,
		"until":   d.until,
		"age":     d.age,
		"asset":   assets.url,
		"field":   newField,
		"choice":  newChoice,
		"options": newOptions,
	}
}
