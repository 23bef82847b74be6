package dispatch

import (
	"context"

	"eblagh/hub"
)

// mostCodes is how many codes go in one slice: whoever waits to sign in does not wait for the outcomes of many others.
const mostCodes = 10

// Texts takes texts of a lane that are due, as many as a provider wants at once, and sends them: their attempts commit with
// the taking, the texts leave, their outcomes commit. A crash in between leaves a slice unknown, which is never sent blindly
// again. It gives how many texts moved; more is called, before they leave, when others are due beside them.
func (d *Dispatcher) Texts(ctx context.Context, lane hub.Lane, more func()) (int, error) {
	barred, partly, err := d.heldProviders(ctx)
	if err != nil {
		return 0, err
	}
	for {
		sender, ok := d.sender(lane.Priority, barred)
		if !ok {
			return 0, nil
		}
		n, err := d.takeSlice(ctx, sender, lane.Priority, more)
		if name := sender.Name(); n > 0 || err != nil || !partly[name] || barred[name] {
			return n, err
		}
		barred[sender.Name()] = true // what it must not take goes on past it
	}
}

// takeSlice begins what is due through one provider, and sends it.
func (d *Dispatcher) takeSlice(ctx context.Context, sender hub.Sender, priority hub.Priority, more func()) (int, error) {
	most := max(1, sender.Window())
	if priority == hub.PriorityCode {
		most = min(most, mostCodes)
	}
	started, closed, err := d.begin(ctx, sender, Beginning{Priority: priority, Receipts: d.newIDs(most)})
	if err != nil {
		return 0, err
	}
	n := len(started) + len(closed)
	if n == most {
		more()
	}
	if len(started) == 0 {
		return n, nil
	}
	return n, d.endAttempts(ctx, sender.Name(), d.send(ctx, sender, started))
}
