package trail

import (
	"regexp"
	"strings"

	"eblagh/hub"
	"eblagh/hub/access"
)

// kinds names the kind of thing whose id follows a word of an address. What is not here goes by the word itself.
var kinds = map[string]string{
	"notices": "notice", "inbox": "notice", "documents": "document", "recipients": "person", "cases": "case",
	"deliveries": "delivery", "officer-tasks": "task", "officer": "task", "holds": "hold", "branches": "organisation",
	"offices": "organisation", "staff": "grant", "attorneys": "attorney", "representatives": "representative",
	"sessions": "session", "api-keys": "key", "keys": "key",
}

var placeholder = regexp.MustCompile(`([a-z-]+)/\{([a-z_]+)\}`)

// Objects reads from a route's pattern and the values in its place what a call is about, in the order of the address.
// What is no id names nothing.
func Objects(pattern string, value func(name string) string) []Object {
	var out []Object
	for _, m := range placeholder.FindAllStringSubmatch(pattern, 8) {
		if id, err := hub.ParseID(value(m[2])); err == nil {
			out = append(out, Object{kindOf(m[1]), id})
		}
	}
	return out
}

// Made reads from the address that an answer leads to what was made: its last part, if that is an id.
func Made(location string) (Object, bool) {
	parts := strings.Split(strings.Trim(location, "/"), "/")
	if len(parts) < 2 {
		return Object{}, false
	}
	id, err := hub.ParseID(parts[len(parts)-1])
	return Object{kindOf(parts[len(parts)-2]), id}, err == nil
}

func kindOf(word string) string {
	if kind, ok := kinds[word]; ok {
		return kind
	}
	return word
}

// looked is the kind of thing that an action looks at.
func looked(action access.Action) string {
	switch word, _, _ := strings.Cut(string(action), "."); word {
	case "notice", "inbox", "receipt", "certificate":
		return "notice"
	case "recipient", "representative", "looks":
		return "person"
	case "document", "case", "delivery", "organisation", "task", "key":
		return word
	case "lanes":
		return "delivery"
	case "attorney":
		return "case"
	}
	return ""
}
