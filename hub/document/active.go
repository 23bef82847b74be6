package document

import (
	"strings"

	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/model"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/types"
)

// What a dictionary of a PDF must not have: a key, or a value under a key (ISO 32000-1 §12.6.4, §12.5.6, §7.11.4).
var (
	activeKeys = map[string]string{
		"JS": "a script", "JavaScript": "a script", "XFA": "a dynamic form", "EF": "an attachment",
		"EmbeddedFiles": "an attachment",
	}
	activeValues = map[string]map[string]string{
		"S": {"JavaScript": "a script", "Launch": "an action that starts a program", "SubmitForm": "an action that sends data",
			"ImportData": "an action that reads data", "GoToE": "an attachment", "Rendition": "media", "Movie": "media",
			"Sound": "media", "RichMediaExecute": "media"},
		"Type":    {"EmbeddedFile": "an attachment"},
		"Subtype": {"FileAttachment": "an attachment", "RichMedia": "media", "Movie": "media", "Sound": "media", "Screen": "media", "3D": "media"},
	}
)

// active names the first thing in a PDF that does more than show, "" for none.
func active(table *model.XRefTable) string {
	for _, entry := range table.Table {
		if entry == nil || entry.Free || entry.Object == nil {
			continue
		}
		if what := activeObject(entry.Object, 0); what != "" {
			return what
		}
	}
	return ""
}

func activeObject(o types.Object, depth int) string {
	if depth > 100 { // the reader refuses deeper nesting
		return ""
	}
	switch o := o.(type) {
	case types.Dict:
		return activeDict(o, depth)
	case types.StreamDict:
		return activeDict(o.Dict, depth)
	case *types.StreamDict:
		return activeDict(o.Dict, depth)
	case types.ObjectStreamDict:
		return activeDict(o.Dict, depth)
	case types.XRefStreamDict:
		return activeDict(o.Dict, depth)
	case types.Array:
		for _, item := range o {
			if what := activeObject(item, depth+1); what != "" {
				return what
			}
		}
	}
	return ""
}

func activeDict(d types.Dict, depth int) string {
	for key, value := range d {
		key = plainName(key)
		if what, ok := activeKeys[key]; ok && value != nil && !resource(d, key) {
			return what
		}
		if name, ok := value.(types.Name); ok {
			if what, ok := activeValues[key][plainName(string(name))]; ok {
				return what
			}
		}
		if what := activeObject(value, depth+1); what != "" {
			return what
		}
	}
	return ""
}

// resource reports that a key is only somebody's name for a font or picture: scripts and attachments come with company.
func resource(d types.Dict, key string) bool {
	switch key {
	case "JS":
		return !has(d, "S")
	case "EF":
		return !has(d, "F") && !has(d, "UF") && !has(d, "Type")
	}
	return false
}

func has(d types.Dict, name string) bool {
	for key := range d {
		if plainName(key) == name {
			return true
		}
	}
	return false
}

// plainName undoes the #xx of a name (ISO 32000-1 §7.3.5), behind which a script could hide.
func plainName(name string) string {
	if !strings.Contains(name, "#") {
		return name
	}
	plain, err := types.DecodeName(name)
	if err != nil {
		return name
	}
	return plain
}
