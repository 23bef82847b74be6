package retention

import (
	"context"

	"eblagh/hub"
	"eblagh/hub/access"
)

// Classification says of which kind a case is, and with that whether it is restricted.
type Classification struct {
	Case       hub.ID
	Kind       string
	Restricted bool
	Anew       bool   // also where another kind was said before
	Worker     hub.ID // who works on it from now on if it is restricted by this; zero: nobody new
}

// Kinds lists every kind of case.
func (k *Keeper) Kinds() []Kind { return k.o.Book.Kinds() }

// Classify says of which kind a case is. Whoever works at its branch says it where nobody has; the judges say otherwise
// too, and the restriction goes with the kind. A clerk who restricts a case by that works on it, or it would be lost to
// them. Errors: validation; wrong-state where it was said before; not-found, forbidden, unauthorized.
func (k *Keeper) Classify(ctx context.Context, p access.Principal, matter hub.ID, kind string) error {
	if _, err := access.May(p, access.CaseClassify); err != nil {
		return err
	}
	object, err := k.o.Store.CaseFor(ctx, p, matter)
	if err != nil {
		return err
	}
	if _, err := access.Decide(p, access.CaseClassify, object); err != nil {
		return err
	}
	found, known := k.o.Book.Kind(kind)
	if !known || kind == "" {
		var problems hub.Problems
		problems.Add("/kind", "unknown", "this is none of the kinds of case")
		return problems.Err()
	}
	c := Classification{Case: matter, Kind: found.Name, Restricted: found.Restricted, Worker: p.PersonID()}
	if _, err := access.Decide(p.Traced(nil), access.CaseReclassify, object); err == nil {
		c.Anew, c.Worker = true, hub.ID{}
	}
	return k.o.Store.Classify(ctx, p, c)
}
