package reading

import (
	"cmp"
	"context"

	"eblagh/hub"
	"eblagh/hub/access"
	"eblagh/hub/rules"
)

// Options are what a Reader needs; all but Profile must be there.
type Options struct {
	Store    Store
	Vault    Vault
	Bytes    Bytes
	Book     *rules.Book
	Profile  string // the service rule; "": rules.Iran
	Openings *Openings
	Clock    hub.Clock // for the ids of looks
	// Tries is how many attempts the plan of a lane allows; nil: none is known.
	Tries func(hub.Lane) int
	// Providers tells how the providers of texts stand, as far as this process knows; nil: it knows none.
	Providers func() []hub.ProviderState
}

// Reader reads papers for whoever may. It is safe for concurrent use.
type Reader struct {
	store    Store
	vault    Vault
	bytes    Bytes
	book     *rules.Book
	profile  string
	openings *Openings
	clock    hub.Clock

	tries     func(hub.Lane) int
	providers func() []hub.ProviderState
}

// New makes a Reader.
func New(o Options) *Reader {
	return &Reader{
		store: o.Store, vault: o.Vault, bytes: o.Bytes, book: o.Book, profile: cmp.Or(o.Profile, rules.Iran),
		openings: o.Openings, clock: o.Clock, tries: o.Tries, providers: o.Providers,
	}
}

// OpeningMeans says neutrally what opening a kind of paper does in law, in a language (fa or en).
func (r *Reader) OpeningMeans(kind hub.Kind, language string) string {
	return r.openings.Means(kind, language)
}

// Basis says in a language (fa or en) what a legal answer given by this Reader rests on.
func (r *Reader) Basis(s hub.Service, language string) string { return r.book.Basis(s, language) }

// note records a look at one object (zero: a list) that showed count things, of a list which. What showed nothing is no
// look.
func (r *Reader) note(ctx context.Context, v View, p access.Principal, d access.Decision, action access.Action,
	object hub.ID, count int, shown ...hub.ID) error {
	if count == 0 {
		return nil
	}
	look := access.LookAt(hub.NewID(r.clock()), p, d, action, object)
	look.Count, look.Objects = count, shown
	return v.Note(ctx, look)
}

// service evaluates the rule in force.
func (r *Reader) service(f rules.Facts) hub.Service { return r.book.Evaluate(r.profile, f) }

// idsOf lists the ids of what a list shows.
func idsOf[T any](list []T, id func(T) hub.ID) []hub.ID {
	out := make([]hub.ID, len(list))
	for i, item := range list {
		out[i] = id(item)
	}
	return out
}
