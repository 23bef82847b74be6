package live

import (
	"context"

	"eblagh/hub"
)

// Store is what the registry needs of the hub's truth. All of it is for many recipients at a time, safe for concurrent
// use, and may fail while the store is away: the registry tries again.
type Store interface {
	// Heads gives the highest cursor of each recipient's inbox, and the highest that Acked holds; recipients with an empty
	// inbox may be left out.
	Heads(ctx context.Context, recipients []hub.ID) (map[hub.ID]hub.Head, error)
	// LiveCovers gives for each span, in the order of spans, its covers in ascending order, at most `each`. Notices
	// whose channels do not permit the nudge are left out.
	LiveCovers(ctx context.Context, spans []hub.Span, each int) ([][]hub.LiveCover, error)
	// Nudged issues receipt D.3 for what the spans hold and permits the nudge, once per notice whatever is repeated.
	Nudged(ctx context.Context, spans []hub.Span) error
	// Acked issues NotificationDelivered in the same way, for spans that were Nudged before.
	Acked(ctx context.Context, spans []hub.Span) error
}
