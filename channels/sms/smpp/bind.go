package smpp

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/linxGnu/gosmpp/data"
	"github.com/linxGnu/gosmpp/pdu"
)

// bind connects and becomes a transceiver. Errors: no connection, or a refusal by its code.
func (p *Provider) bind(ctx context.Context) (*link, error) {
	ctx, cancel := context.WithTimeout(ctx, p.o.Answer)
	defer cancel()
	conn, err := p.o.Dial(ctx, p.o.Addr)
	if err != nil {
		return nil, fmt.Errorf("connect: %w", err)
	}
	l := newLink(p, conn)
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	err = l.bind(p.o)
	if !stop() && err == nil {
		err = errors.New("the time to bind is over")
	}
	if err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return l, nil
}

func (l *link) bind(o Options) error {
	req := pdu.NewBindRequest(pdu.Transceiver)
	req.SystemID, req.Password = o.SystemID, o.Password
	l.sequence = 1
	req.SetSequenceNumber(l.sequence)
	if _, err := l.write(req); err != nil {
		return err
	}
	for {
		f, err := readFrame(l.reader)
		if err != nil {
			return err
		}
		if f.CommandID != data.BIND_TRANSCEIVER_RESP && f.CommandID != data.GENERIC_NACK {
			continue
		}
		if f.CommandStatus != data.ESME_ROK || f.CommandID == data.GENERIC_NACK {
			return fmt.Errorf("the bind is refused with command_status 0x%08x", uint32(f.CommandStatus))
		}
		return l.conn.SetDeadline(time.Time{})
	}
}
