package web

import (
	"fmt"
	"strconv"
	"strings"
)

// field is one input of a form, ready to be drawn.
type field struct {
	Name, Label, Hint, Value, Error string
	Type, InputMode, Autocomplete   string
	Accept, Dir                     string
	MaxLength, Rows                 int
	Required, Multiple, Blank       bool
	Options                         []option
}

// option is one choice of a field.
type option struct {
	Value, Text string
	Chosen      bool
}

// Described names the hint and the error of the field, for screen readers.
func (f field) Described() string {
	var ids []string
	if f.Hint != "" {
		ids = append(ids, "h-"+f.Name)
	}
	if f.Error != "" {
		ids = append(ids, "e-"+f.Name)
	}
	return strings.Join(ids, " ")
}

// newField makes a field from words such as "required" and "inputmode=numeric". Label and hint are its texts. A word
// that nobody knows is an error, so that a slip in a template shows at once.
func newField(f formView, name string, words ...string) (field, error) {
	out := field{Name: name, Label: f.texts.text("label." + name), Type: "text", Error: f.errorText(name)}
	if f.texts.has("hint." + name) {
		out.Hint = f.texts.text("hint." + name)
	}
	if !secret(name) {
		out.Value = f.form.values[name]
	}
	for _, word := range words {
		if err := out.set(word); err != nil {
			return field{}, fmt.Errorf("field %s: %w", name, err)
		}
	}
	return out, nil
}

func (f *field) set(word string) (err error) {
	key, value, _ := strings.Cut(word, "=")
	switch key {
	case "required":
		f.Required = true
	case "multiple":
		f.Multiple = true
	case "type":
		f.Type = value
	case "inputmode":
		f.InputMode = value
	case "autocomplete":
		f.Autocomplete = value
	case "accept":
		f.Accept = value
	case "dir":
		f.Dir = value
	case "maxlength":
		f.MaxLength, err = strconv.Atoi(value)
	case "rows":
		f.Rows, err = strconv.Atoi(value)
	default:
		err = fmt.Errorf("no such word: %s", word)
	}
	return err
}

// newChoice makes a field of fixed values; the texts of the values stand under family. Nothing chosen leaves a select
// blank.
func newChoice(f formView, name, family string, values []string, words ...string) (field, error) {
	out, err := newField(f, name, words...)
	if err != nil {
		return field{}, err
	}
	out.Blank = true
	for _, value := range values {
		chosen := value == out.Value
		out.Options = append(out.Options, option{value, f.texts.term(family, value), chosen})
	}
	return out, nil
}

// newOptions makes a field of values that have their texts already. Nothing chosen leaves it blank.
func newOptions(f formView, name string, options []option, words ...string) (field, error) {
	out, err := newField(f, name, words...)
	if err != nil {
		return field{}, err
	}
	out.Blank = true
	for _, o := range options {
		o.Chosen = o.Value == out.Value
		out.Options = append(out.Options, o)
	}
	return out, nil
}

// words makes the values of a choice out of any closed set.
func words[T ~string](set []T) []string {
	out := make([]string, len(set))
	for i, w := range set {
		out[i] = string(w)
	}
	return out
}
