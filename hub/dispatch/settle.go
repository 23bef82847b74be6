package dispatch

import (
	"context"
	"fmt"
	"sync"
	"time"

	"eblagh/hub"
)

// askWithin bounds how long one Reconcile asks providers. What was not answered by then ages like what nobody knows of.
const askWithin = 10 * time.Second

// Settle takes outcomes that come after their attempts were given up, as the late answer of a message centre does. An
// attempt that has an outcome other than unknown keeps it.
func (d *Dispatcher) Settle(ctx context.Context, provider string, late []hub.Sent) error {
	byKey, keys := make(map[hub.AttemptKey]hub.Sent, len(late)), make([]hub.AttemptKey, len(late))
	for i, s := range late {
		keys[i], byKey[s.Attempt] = s.Attempt, s
	}
	open, err := d.store.OpenAttempts(ctx, provider, keys)
	if err != nil {
		return fmt.Errorf("attempts that are open: %w", err)
	}
	if len(open) == 0 {
		return nil
	}
	ends, receipts := make([]Ended, len(open)), d.newIDs(2*len(open))
	for i, s := range open {
		ends[i] = d.end(s, byKey[s.Key], receipts[2*i], receipts[2*i+1])
	}
	return d.endAttempts(ctx, provider, ends)
}

// ask has the providers that can be asked tell what became of overdue texts. What they say is kept and matched like any
// report; a provider that does not answer changes nothing. Two nodes may ask about the same text: that harms nobody.
func (d *Dispatcher) ask(ctx context.Context, overdue []Overdue) {
	messages := map[string][]string{}
	for _, o := range overdue {
		if d.queriers[o.Provider] != nil && len(o.Messages) > 0 {
			messages[o.Provider] = append(messages[o.Provider], o.Messages...)
		}
	}
	limited, cancel := context.WithTimeout(ctx, askWithin)
	defer cancel()
	var all sync.WaitGroup
	for provider, ids := range messages {
		all.Go(func() {
			reports, err := d.queriers[provider].Query(limited, ids)
			if err != nil {
				d.log.WarnContext(ctx, "a provider does not tell what became of texts", "provider", provider, "count", len(ids),
					"error", err)
			}
			if err := d.Report(ctx, reports); err != nil {
				d.log.ErrorContext(ctx, "answers of a provider are not kept", "provider", provider, "error", err)
			}
		})
	}
	all.Wait()
}
