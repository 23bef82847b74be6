package smpp

import (
	"context"

	"github.com/linxGnu/gosmpp/data"
	"github.com/linxGnu/gosmpp/pdu"

	"eblagh/hub"
)

// hearBatch is how many reports the hub gets at once, at most.
const hearBatch = 200

// incoming is a report that is not acknowledged yet.
type incoming struct {
	link     *link
	sequence int32
	report   hub.Report
}

// answer acknowledges the report, or has the message centre bring it again later. When the connection is gone, the
// message centre does so anyhow.
func (in incoming) answer(status data.CommandStatusType) {
	resp := pdu.NewDeliverSMResp().(*pdu.DeliverSMResp)
	resp.SequenceNumber, resp.CommandStatus = in.sequence, status
	_, _ = in.link.write(resp)
}

// receive takes a deliver_sm off the wire without waiting for anybody.
func (p *Provider) receive(l *link, d *pdu.DeliverSM) {
	in := incoming{link: l, sequence: d.GetSequenceNumber()}
	var ok bool
	if in.report, ok = p.o.report(d); !ok {
		p.log.Warn("a deliver_sm that is no readable delivery report is left aside")
		in.answer(data.ESME_ROK) // it would be the same the next time
		return
	}
	select {
	case p.incoming <- in:
	default: // it comes again
		in.answer(data.ESME_RX_T_APPN)
	}
}

// hear hands reports on until ctx ends.
func (p *Provider) hear(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case in := <-p.incoming:
			p.handOn(ctx, gather(in, p.incoming, hearBatch))
		}
	}
}

func (p *Provider) handOn(ctx context.Context, batch []incoming) {
	reports := make([]hub.Report, len(batch))
	for i, in := range batch {
		reports[i] = in.report
	}
	status := data.CommandStatusType(data.ESME_ROK)
	if err := p.o.Report(ctx, reports); err != nil {
		p.log.WarnContext(ctx, "reports were not taken; they come again", "count", len(reports))
		status = data.ESME_RX_T_APPN
	}
	for _, in := range batch {
		in.answer(status)
	}
}
