package web

import (
	"eblagh/hub"
	"eblagh/hub/reading"
	"eblagh/hub/retention"
)

// assigneeView is somebody who works on a restricted case, and who said so.
type assigneeView struct {
	retention.Assignee
	Name, ByName string
}

func assigneeViews(assignees []retention.Assignee, names map[hub.ID]string) []assigneeView {
	var list []assigneeView
	for _, a := range assignees {
		list = append(list, assigneeView{a, names[a.Person], names[a.AssignedBy]})
	}
	return list
}

// colleagues are those who could be put to work on a case and are not yet.
func colleagues(staff []reading.Staff, assignees []retention.Assignee) []option {
	working := map[hub.ID]bool{}
	for _, a := range assignees {
		working[a.Person] = true
	}
	var list []option
	for _, somebody := range staff {
		if somebody.Works && !working[somebody.ID] {
			list = append(list, option{Value: somebody.ID.String(), Text: somebody.Name})
		}
	}
	return list
}

// assign answers POST /cases/{case}/assignees: assignee.
func (s *site) assign(v *visit) error {
	return v.changeKeeping("assigned", map[string]string{"/person_id": "assignee"}, func(matter hub.ID, f *form) error {
		person, err := hub.ParseID(f.value("assignee"))
		if err != nil {
			person = hub.ID{} // nobody
		}
		return s.deps.Keeper.Assign(v.r.Context(), v.principal, matter, person)
	})
}

// unassign answers POST /cases/{case}/assignees/{person}/end. Who takes themselves off the case may see it no more.
func (s *site) unassign(v *visit) error {
	id, err := v.id("case")
	if err != nil {
		return err
	}
	person, err := v.id("person")
	if err != nil {
		return err
	}
	if err := s.deps.Keeper.Unassign(v.r.Context(), v.principal, id, person); err != nil {
		return err
	}
	v.flash("unassigned")
	if person == v.principal.PersonID() {
		return v.redirect("/cases")
	}
	return v.redirect("/cases/" + id.String() + "/keeping")
}
