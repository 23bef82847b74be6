package reading

import (
	"cmp"
	"context"
	"slices"

	"eblagh/hub"
	"eblagh/hub/access"
)

// Staff is somebody at the places of a case, or a system of theirs.
type Staff struct {
	ID    hub.ID
	Name  string
	Works bool // may be put to work on the case
}

// Staff gives by name who works at the places of a case, and who has put a hold on it or somebody to work on it: for those
// who say who works on it. Errors: unauthorized, forbidden, not-found.
func (r *Reader) Staff(ctx context.Context, p access.Principal, matter hub.ID) ([]Staff, error) {
	if _, err := access.May(p, access.CaseAssign); err != nil {
		return nil, err
	}
	var list []Staff
	err := r.store.ReadAs(ctx, p, func(v View) error {
		list = nil
		found, err := v.Cases(ctx, CaseFilter{ID: matter, Organisations: access.Where(p, access.CaseAssign), Limit: 1})
		if err != nil {
			return err
		}
		if len(found) == 0 {
			return hub.ErrNotFound
		}
		c := found[0]
		object := access.Object{Organisation: c.Case.Branch, Restricted: c.Case.Restricted, Assigned: c.Assigned}
		if _, err := access.Decide(p, access.CaseAssign, object); err != nil {
			return err
		}
		sealed, err := v.Staff(ctx, matter)
		if err != nil {
			return err
		}
		for _, s := range sealed {
			name, err := r.fullName(s.SealedName)
			if err != nil {
				return err
			}
			list = append(list, Staff{s.Person, cmp.Or(name, s.System), s.Works})
		}
		return nil
	})
	slices.SortStableFunc(list, func(a, b Staff) int { return cmp.Compare(a.Name, b.Name) })
	return list, err
}
