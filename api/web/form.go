package web

import (
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"slices"
	"strings"

	"eblagh/hub"
)

// form is what was typed and what is wrong with it. Drawn again, it shows both, so that nothing typed is lost. Secrets
// are never drawn again.
type form struct {
	values map[string]string
	errors map[string]string // by field, the code; under "" what is wrong with the whole
	about  map[string]string // by field, what the error is about when the field holds several things
	order  []string          // fields in the order they were found wrong
}

func newForm() *form {
	return &form{values: map[string]string{}, errors: map[string]string{}, about: map[string]string{}}
}

// readForm reads an urlencoded form; of repeated fields the first counts. Errors: too-large, validation.
func readForm(r *http.Request) (*form, error) {
	if err := r.ParseForm(); err != nil {
		return nil, unreadable(err)
	}
	f := newForm()
	for name, values := range r.PostForm {
		f.values[name] = values[0]
	}
	return f, nil
}

// formParts bounds of how many parts a form may be: fields, and documents with their names.
const formParts = 200

// eachPart hands every part of a multipart form to fn, in order. Errors: validation, too-large, or fn's.
func eachPart(r *http.Request, fn func(*multipart.Part) error) error {
	parts, err := r.MultipartReader()
	if err != nil {
		return unreadable(err)
	}
	for range formParts {
		part, err := parts.NextPart()
		if err == io.EOF { // exactly: a body that breaks off is a wrapped one
			return nil
		}
		if err != nil {
			return unreadable(err)
		}
		if err := fn(part); err != nil {
			return err
		}
	}
	return hub.Refuse(hub.CodeTooLarge, "the form has too many parts")
}

// unreadable is the refusal of a broken body; that it is too large stays visible in the cause.
func unreadable(err error) error {
	return &hub.Error{Code: hub.CodeValidation, Detail: "the form cannot be read", Cause: err}
}

// value is what was typed into a field, without the space around it.
func (f *form) value(name string) string { return strings.TrimSpace(f.values[name]) }

// wrong notes what is wrong with a field. The first finding stays.
func (f *form) wrong(name, code string) {
	if _, known := f.errors[name]; !known {
		f.errors[name] = code
		f.order = append(f.order, name)
	}
}

// refused notes a refusal of the domain beside its fields, where fields maps the start of a JSON pointer to a field.
// Nil is returned when the form can be shown again; what has no place in a form is returned as it came.
func (f *form) refused(err error, fields map[string]string) error {
	e := &hub.Error{}
	if !asRefusal(err, &e) {
		return err
	}
	for _, field := range e.Fields {
		f.wrong(fieldOf(field.Pointer, fields), strings.ReplaceAll(field.Code, "-", "_"))
	}
	if len(e.Fields) == 0 {
		f.wrong("", strings.ReplaceAll(string(e.Code), "-", "_"))
	}
	return nil
}

// fieldOf finds the longest start of a pointer that has a field; "" when there is none.
func fieldOf(pointer string, fields map[string]string) string {
	for {
		if name, ok := fields[pointer]; ok {
			return name
		}
		cut := strings.LastIndexByte(pointer, '/')
		if cut < 0 {
			return ""
		}
		pointer = pointer[:cut]
	}
}

// problem is one line of the summary above a form.
type problem struct {
	Name  string
	Label string
	Text  string
}

// formView is a form in a language, as templates see it.
type formView struct {
	form  *form
	texts catalogue
}

// view shows the form to a visitor.
func (v *visit) view(f *form) formView { return formView{f, v.site.texts[v.language]} }

// Problems lists everything that is wrong, in the order it was found.
func (f formView) Problems() []problem {
	list := make([]problem, 0, len(f.form.order))
	for _, name := range f.form.order {
		p := problem{Name: name, Text: f.errorText(name)}
		if name != "" {
			p.Label = f.texts.text("label." + name)
		}
		list = append(list, p)
	}
	return list
}

// errorText puts a code into words: those of the field if it has its own, else the usual ones.
func (f formView) errorText(name string) string {
	code, wrong := f.form.errors[name]
	if !wrong {
		return ""
	}
	text := f.texts.text("problem.invalid")
	for _, key := range []string{"problem." + code, fmt.Sprintf("problem.%s.%s", name, code)} {
		if f.texts.has(key) {
			text = f.texts.text(key)
		}
	}
	if about := f.form.about[name]; about != "" {
		text = about + ": " + text
	}
	return text
}

// secret reports whether a field is never drawn with its value.
func secret(name string) bool {
	return slices.Contains([]string{"personal_code", "new_personal_code", "personal_code_again", "code", "activation_code", "totp"}, name)
}
