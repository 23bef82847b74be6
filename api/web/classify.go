package web

import (
	"cmp"

	"eblagh/hub"
	"eblagh/hub/retention"
)

// caseKinds are the kinds of case in the visitor's words; general: that nobody has said it, too.
func (v *visit) caseKinds(general bool) []option {
	var list []option
	for _, k := range v.site.deps.Keeper.Kinds() {
		if general || k.Name != retention.General {
			list = append(list, option{Value: k.Name, Text: cmp.Or(k.Names[string(v.language)], k.Name)})
		}
	}
	return list
}

// caseKind is a kind of case in words; "" for none that is known.
func (v *visit) caseKind(name string) string {
	for _, o := range v.caseKinds(true) {
		if o.Value == name {
			return o.Text
		}
	}
	return ""
}

// classify answers POST /cases/{case}/kind: case_kind.
func (s *site) classify(v *visit) error {
	return v.changeKeeping("classified", map[string]string{"/kind": "case_kind"}, func(matter hub.ID, f *form) error {
		return s.deps.Keeper.Classify(v.r.Context(), v.principal, matter, f.value("case_kind"))
	})
}
