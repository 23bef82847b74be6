package api

import "strings"

// isFieldName reports whether this looks like a field or parameter of ours: a to z and _, 1 to 40. Another name is the caller's
// own text and is not repeated.
func isFieldName(name string) bool {
	for i := range len(name) {
		if c := name[i]; c != '_' && (c < 'a' || c > 'z') {
			return false
		}
	}
	return len(name) >= 1 && len(name) <= 40
}

// child is the pointer of a field inside parent, or parent itself when the name is not one that we could have given.
func child(parent, name string) string {
	if !isFieldName(name) {
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
		if !isFieldName(part) && !isIndex(part) {
			break
		}
		pointer += "/" + part
	}
	return pointer
}

func isIndex(s string) bool {
	return len(s) > 0 && len(s) < 8 && strings.Trim(s, "0123456789") == ""
}
