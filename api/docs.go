package api

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"html/template"
	"net/http"
	"sort"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

//go:embed docs.html docs.css
var docsFiles embed.FS

// addDocs serves the OpenAPI document, and a page of ours that shows it: nothing is fetched from elsewhere, and no
// script runs. Both are made once, here, when every route is declared.
func (a *api) addDocs() error {
	a.documentProblem()
	a.tidyDocument()
	spec, err := json.MarshalIndent(a.huma.OpenAPI(), "", "  ")
	if err != nil {
		return fmt.Errorf("openapi document: %w", err)
	}
	page, err := renderDocs(a.huma.OpenAPI())
	if err != nil {
		return fmt.Errorf("docs page: %w", err)
	}
	style, err := docsFiles.ReadFile("docs.css")
	if err != nil {
		return err
	}
	a.static("/openapi.json", "application/openapi+json", spec)
	a.static("/docs", "text/html; charset=utf-8", page)
	a.static("/docs/docs.css", "text/css; charset=utf-8", style)
	return nil
}

// docsPolicy lets the page load its style sheet and nothing else.
const docsPolicy = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// static serves bytes that are the same for everybody.
func (a *api) static(path, contentType string, content []byte) {
	a.mux.HandleFunc("GET "+path, func(w http.ResponseWriter, _ *http.Request) {
		named(w, strings.Trim(path, "/"))
		w.Header().Set("Content-Type", contentType)
		w.Header().Set("Cache-Control", "public, max-age=300")
		w.Header().Set("Content-Security-Policy", docsPolicy)
		_, _ = w.Write(content) // the caller may be gone
	})
}

// tidyDocument takes out of the document what huma puts there and we never answer: its own error model, and lists that
// are null.
func (a *api) tidyDocument() {
	schemas := a.huma.OpenAPI().Components.Schemas.Map()
	delete(schemas, "ErrorModel")
	delete(schemas, "ErrorDetail")
	for _, s := range schemas {
		for _, property := range s.Properties {
			if property.Type == huma.TypeArray {
				property.Nullable = false
			}
		}
	}
}

// The page's own view of the document.
type docsPage struct {
	Title, Version, About string
	Groups                []docsGroup
	Schemas               []docsSchema
}

type docsGroup struct {
	Name, About string
	Calls       []docsCall
}

type docsCall struct {
	Method, Path, ID, Summary, About string
	Access                           []string
	MaxBody                          any
	Parameters                       []docsField
	Body                             []docsType
	Answers                          []docsAnswer
}

type docsAnswer struct {
	Status, About string
	Types         []docsType
}

type docsType struct{ MediaType, Schema string }

type docsField struct {
	Name, In, Type, About string
	Required              bool
}

type docsSchema struct {
	Name   string
	Fields []docsField
}

func renderDocs(doc *huma.OpenAPI) ([]byte, error) {
	t, err := template.ParseFS(docsFiles, "docs.html")
	if err != nil {
		return nil, err
	}
	page := docsPage{Title: doc.Info.Title, Version: doc.Info.Version, About: doc.Info.Description}
	for _, tag := range doc.Tags {
		page.Groups = append(page.Groups, docsGroup{tag.Name, tag.Description, callsOf(doc, tag.Name)})
	}
	schemas := doc.Components.Schemas.Map()
	for _, name := range sorted(schemas) {
		page.Schemas = append(page.Schemas, docsSchema{name, fieldsOf(schemas[name])})
	}
	var out bytes.Buffer
	err = t.Execute(&out, page)
	return out.Bytes(), err
}

func callsOf(doc *huma.OpenAPI, tag string) []docsCall {
	var calls []docsCall
	for _, path := range sorted(doc.Paths) {
		item := doc.Paths[path]
		for _, op := range []*huma.Operation{item.Get, item.Post, item.Put, item.Patch, item.Delete} {
			if op != nil && op.Tags[0] == tag {
				calls = append(calls, callOf(op))
			}
		}
	}
	return calls
}

func callOf(op *huma.Operation) docsCall {
	c := docsCall{Method: op.Method, Path: op.Path, ID: op.OperationID, Summary: op.Summary, About: op.Description}
	for _, way := range op.Security {
		c.Access = append(c.Access, sorted(way)...)
	}
	for _, p := range op.Parameters {
		c.Parameters = append(c.Parameters, docsField{p.Name, p.In, typeOf(p.Schema), p.Description, p.Required})
	}
	if op.RequestBody != nil {
		c.MaxBody = op.Extensions["x-max-body-bytes"]
		c.Body = typesOf(op.RequestBody.Content)
	}
	for _, status := range sorted(op.Responses) {
		r := op.Responses[status]
		c.Answers = append(c.Answers, docsAnswer{status, r.Description, typesOf(r.Content)})
	}
	return c
}

func typesOf(content map[string]*huma.MediaType) []docsType {
	var types []docsType
	for _, name := range sorted(content) {
		types = append(types, docsType{name, typeOf(content[name].Schema)})
	}
	return types
}

func fieldsOf(s *huma.Schema) []docsField {
	var fields []docsField
	for _, name := range sorted(s.Properties) {
		p := s.Properties[name]
		f := docsField{Name: name, Type: typeOf(p), About: p.Description}
		for _, required := range s.Required {
			f.Required = f.Required || required == name
		}
		fields = append(fields, f)
	}
	return fields
}

// typeOf says in one line what a schema takes.
func typeOf(s *huma.Schema) string {
	switch {
	case s == nil:
		return ""
	case s.Ref != "":
		return strings.TrimPrefix(s.Ref, "#/components/schemas/")
	case len(s.OneOf) > 0:
		names := make([]string, len(s.OneOf))
		for i, one := range s.OneOf {
			names[i] = typeOf(one)
		}
		return strings.Join(names, " or ")
	case s.Type == huma.TypeArray:
		return "list of " + typeOf(s.Items)
	case len(s.Enum) > 0:
		words := make([]string, len(s.Enum))
		for i, word := range s.Enum {
			words[i] = fmt.Sprint(word)
		}
		return strings.Join(words, " | ")
	case s.Format != "":
		return s.Type + " (" + s.Format + ")"
	}
	return s.Type
}

func sorted[T any](m map[string]T) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}
