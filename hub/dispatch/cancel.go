package dispatch

import (
	"context"
	"fmt"

	"eblagh/hub"
	"eblagh/hub/access"
)

// Cancel withdraws a notice that has not arrived. Who may submit for an organisation may withdraw for it. Errors:
// forbidden; not-found for what is not one's own; wrong-state once it arrived, was cancelled or expired.
func (d *Dispatcher) Cancel(ctx context.Context, p access.Principal, notice hub.ID) error {
	if _, err := access.May(p, access.NoticeSubmit); err != nil {
		return err
	}
	submitter, err := d.store.Submitted(ctx, p, notice)
	if err != nil {
		return fmt.Errorf("cancel: %w", err)
	}
	decision, err := access.Decide(p, access.NoticeSubmit, access.Object{Organisation: submitter})
	if err != nil {
		return err
	}
	if err := d.store.Cancel(ctx, notice, d.newID(), p.ActorUnder(decision)); err != nil {
		return fmt.Errorf("cancel: %w", err)
	}
	d.meter.Moved(hub.ChannelInbox, hub.DeliveryCancelled, 1)
	return nil
}
