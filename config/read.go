package config

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
)

const envPrefix = "EBLAGH_"

// readYAML sets what the text names. Unknown keys and values of a wrong type are noted, and do not stop the rest.
func readYAML(c *Config, text []byte, p *problems) {
	var tree map[string]any
	if err := yaml.Unmarshal(text, &tree); err != nil {
		p.add("the file", "YAML", yaml.FormatError(err, false, false))
		return
	}
	fill(reflect.ValueOf(c).Elem(), tree, "", p)
}

// fill walks a struct and a tree together.
func fill(target reflect.Value, tree map[string]any, prefix string, p *problems) {
	for key, value := range tree {
		field, ok := byKey(target, key)
		switch {
		case !ok:
			p.add(prefix+key, "?", "there is no such setting")
		case field.Kind() == reflect.Struct:
			sub, ok := value.(map[string]any)
			if !ok && value != nil {
				p.add(prefix+key, "?", "must have settings below it")
				continue
			}
			fill(field, sub, prefix+key+".", p)
		case field.Kind() == reflect.Slice && field.Type().Elem().Kind() == reflect.Struct:
			field.Set(items(field.Type(), value, prefix+key, p))
		default:
			set(field, value, prefix+key, p)
		}
	}
}

// items reads a list of settings that each have settings below them.
func items(of reflect.Type, value any, key string, p *problems) reflect.Value {
	list, ok := value.([]any)
	if !ok {
		p.add(key, "?", "must be a list")
	}
	out := reflect.MakeSlice(of, len(list), len(list))
	for i, item := range list {
		tree, ok := item.(map[string]any)
		if !ok {
			p.add(fmt.Sprintf("%s[%d]", key, i), "?", "must have settings below it")
			continue
		}
		fill(out.Index(i), tree, fmt.Sprintf("%s[%d].", key, i), p)
	}
	return out
}

// set converts one value by the field's type, through YAML's own rules.
func set(field reflect.Value, value any, key string, p *problems) {
	shown := fmt.Sprintf("%q", fmt.Sprint(value))
	if field.Type() == reflect.TypeFor[Secret]() {
		shown = Secret("").String()
	}
	if field.Type() == reflect.TypeFor[time.Duration]() {
		d, err := time.ParseDuration(fmt.Sprint(value))
		if err != nil {
			p.add(key, shown, "must be a duration, as in 20s or 24h")
			return
		}
		field.SetInt(int64(d))
		return
	}
	text, err := yaml.Marshal(value)
	fresh := reflect.New(field.Type())
	if err == nil {
		err = yaml.Unmarshal(text, fresh.Interface())
	}
	if err != nil {
		p.add(key, shown, "must be of type "+field.Type().String())
		return
	}
	field.Set(fresh.Elem())
}

func byKey(target reflect.Value, key string) (reflect.Value, bool) {
	for i := range target.NumField() {
		if target.Type().Field(i).Tag.Get("yaml") == key {
			return target.Field(i), true
		}
	}
	return reflect.Value{}, false
}

// readEnviron sets what EBLAGH_… items name: lists by commas, sms.providers as YAML. Names under EBLAGH_TEST_ belong to
// the tests.
func readEnviron(c *Config, environ []string, p *problems) {
	known := map[string]reflect.Value{}
	collect(reflect.ValueOf(c).Elem(), envPrefix, known)
	environ = slices.Sorted(slices.Values(environ))
	for _, item := range environ {
		name, text, _ := strings.Cut(item, "=")
		if !strings.HasPrefix(name, envPrefix) || strings.HasPrefix(name, envPrefix+"TEST_") {
			continue
		}
		field, ok := known[name]
		if !ok {
			p.add(name, "?", "there is no such setting")
			continue
		}
		setText(field, text, name, p)
	}
}

func setText(field reflect.Value, text, name string, p *problems) {
	switch field.Interface().(type) {
	case []string:
		field.Set(reflect.ValueOf(strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' })))
	case []Provider, []CasePeriod:
		var list any
		if err := yaml.Unmarshal([]byte(text), &list); err != nil {
			p.add(name, "?", "must be YAML")
			return
		}
		field.Set(items(field.Type(), list, name, p))
	case string, Secret:
		field.SetString(text)
	default:
		var value any
		if err := yaml.Unmarshal([]byte(text), &value); err != nil {
			value = text
		}
		set(field, value, name, p)
	}
}

// collect gives every leaf under its name in the environment.
func collect(target reflect.Value, prefix string, into map[string]reflect.Value) {
	for i := range target.NumField() {
		name := prefix + strings.ToUpper(target.Type().Field(i).Tag.Get("yaml"))
		if field := target.Field(i); field.Kind() == reflect.Struct {
			collect(field, name+"_", into)
		} else {
			into[name] = field
		}
	}
}
