package smpp

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/linxGnu/gosmpp/data"
	"github.com/linxGnu/gosmpp/pdu"
)

var errUnbound = errors.New("the message centre unbound")

// serve reads until the connection is lost, or until ctx ends and it is unbound. Errors: why it is lost.
func (l *link) serve(ctx context.Context) error {
	ctx, stop := context.WithCancelCause(ctx)
	read := make(chan struct{})
	go func() {
		defer close(read)
		stop(l.read())
	}()
	l.enquire(ctx, stop)
	unbind, cancel := context.WithTimeout(context.WithoutCancel(ctx), min(time.Second, l.p.o.Answer))
	defer cancel()
	select {
	case <-read:
	default: // a courtesy: whatever comes of it, the connection ends
		_, _ = l.ask(unbind, marshal(pdu.NewUnbind()), nil)
	}
	l.end()
	<-read
	return context.Cause(ctx)
}

// enquire asks now and then whether the other side is there, until ctx ends or it does not answer.
func (l *link) enquire(ctx context.Context, stop context.CancelCauseFunc) {
	tick := time.NewTicker(l.p.o.EnquireLink)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if _, err := l.ask(ctx, marshal(pdu.NewEnquireLink()), nil); err != nil {
			stop(fmt.Errorf("enquire_link: %w", err))
			return
		}
	}
}

func (l *link) read() error {
	defer l.end()
	for {
		f, err := readFrame(l.reader)
		if err != nil {
			return err
		}
		if err := l.handle(f); err != nil {
			return err
		}
	}
}

func (l *link) handle(f frame) error {
	if isAnswer(f.CommandID) {
		l.answered(f)
		return nil
	}
	switch request := f.body.(type) {
	case *pdu.DeliverSM:
		l.p.receive(l, request)
		return nil
	case *pdu.EnquireLink:
		_, err := l.write(request.GetResponse())
		return err
	case *pdu.Unbind:
		_, err := l.write(request.GetResponse())
		return errors.Join(errUnbound, err)
	}
	nack := pdu.NewGenericNack().(*pdu.GenericNack)
	nack.SequenceNumber, nack.CommandStatus = f.SequenceNumber, data.ESME_RINVCMDID
	_, err := l.write(nack)
	return err
}
