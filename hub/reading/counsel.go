package reading

import (
	"context"
	"time"

	"eblagh/hub"
	"eblagh/hub/access"
)

// Counsel is by which powers of attorney the principal is counsel, in some cases, at one moment.
type Counsel struct {
	At        time.Time
	Attorneys []hub.Attorney
}

// Of finds the power of attorney for a client in a case; zero: there is none.
func (c Counsel) Of(matter, client hub.ID) hub.Attorney {
	for _, a := range c.Attorneys {
		if a.Case == matter && a.Client == client && a.InForce(c.At) {
			return a
		}
	}
	return hub.Attorney{}
}

// object is a paper as hub/access sees it.
func (c Counsel) object(matter, recipient, submitter hub.ID, opened bool) access.Object {
	return access.Object{Organisation: submitter, Person: recipient, Attorney: c.Of(matter, recipient), At: c.At, Opened: opened}
}

// objectOf is the paper as the object of a decision.
func (c Counsel) objectOf(p Paper) access.Object {
	o := c.object(p.Notice.Case.ID, p.Notice.Recipient, p.Notice.Submitter, !p.Notice.OpenedAt.IsZero())
	o.Restricted, o.Assigned = p.Notice.Case.Restricted, p.Assigned
	return o
}

// Access is one part of an opened paper that is read by somebody other than the addressee in person.
type Access struct {
	Receipt hub.ID
	Notice  hub.ID
	Part    hub.ID // the notice itself, or one of its documents
	Kind    hub.ActorKind
	Ground  string
}

// counselIn asks by which powers of attorney the principal is counsel in cases; nobody but a lawyer is.
func counselIn(ctx context.Context, v View, p access.Principal, cases ...hub.ID) (Counsel, error) {
	if !p.Holds(hub.RoleLawyer) || len(cases) == 0 {
		return Counsel{}, nil
	}
	return v.Counsel(ctx, cases)
}

// tracked reports whether a look under a decision is D.6: by counsel, or by a representative without the power to open
// (EN 319 522-1 D.6; CPC 76). An addressee in person, and a submitter among its own papers, leave a look alone.
func tracked(d access.Decision) bool {
	return d.Relation == access.CounselReads || d.Role == hub.RoleReader
}

// track issues D.6 for parts of opened papers, once for each part and who reads it.
func (r *Reader) track(ctx context.Context, v View, p access.Principal, d access.Decision, parts ...Access) error {
	if !tracked(d) || len(parts) == 0 {
		return nil
	}
	for i := range parts {
		parts[i].Receipt, parts[i].Kind, parts[i].Ground = hub.NewID(r.clock()), p.ActorUnder(d).Kind, d.Ground()
	}
	return v.NoteAccess(ctx, parts)
}

// partsOf are the texts of those papers that were opened.
func partsOf(papers ...Paper) []Access {
	var parts []Access
	for _, p := range papers {
		if !p.Notice.OpenedAt.IsZero() {
			parts = append(parts, Access{Notice: p.Notice.ID, Part: p.Notice.ID})
		}
	}
	return parts
}
