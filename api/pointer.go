package api

import (
	"regexp"
	"strings"
)

// fieldName is what a field or parameter of ours looks like. Another name is the caller's own text and is not repeated.
var fieldName = regexp.MustCompile(`^[a-z_]{1,40}$`)

// child is the pointer of a field inside parent, or parent itself when the name is not one that we could have given.
func child(parent, name string) string {
	if !fieldName.MatchString(name) {
		return parent
	}
	return parent + "/" + name
}

// pointerOf turns huma's location, such as query.limit or body.documents[0], into a JSON pointer. The body is the root;
// parts that are not names of ours end the pointer.
func pointerOf(location string) string {
	location = strings.NewReplacer("[", ".", "]", "").Replace(location)
	pointer := ""
	for i, part := range strings.Split(location, ".") {
		if i == 0 && part == "body" || part == "" {
			continue
		}
		if !fieldName.MatchString(part) && !isIndex(part) {
			break
		}
		pointer += "/" + part
	}
	return pointer
}

func isIndex(s string) bool {
	return len(s) > 0 && len(s) < 8 && strings.Trim(s, "0123456789") == ""
}
