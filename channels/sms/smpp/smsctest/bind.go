package smsctest

import (
	"net"
	"sync"
	"time"

	"github.com/linxGnu/gosmpp/data"
	"github.com/linxGnu/gosmpp/pdu"
)

// bind is one bound connection.
type bind struct {
	n       int
	conn    net.Conn
	writing sync.Mutex
}

func (b *bind) write(p pdu.PDU) {
	buf := pdu.NewBuffer(nil)
	p.Marshal(buf)
	b.writing.Lock()
	defer b.writing.Unlock()
	_, _ = b.conn.Write(buf.Bytes())
}

func (c *Centre) serve(conn net.Conn) {
	defer conn.Close()
	b := &bind{conn: conn}
	for {
		p, err := pdu.Parse(conn)
		if err != nil {
			return
		}
		switch request := p.(type) {
		case *pdu.BindRequest:
			if !c.bind(b, request) {
				return
			}
		case *pdu.SubmitSM:
			c.wg.Go(func() { c.submit(b, request) })
		case *pdu.DeliverSMResp:
			c.mu.Lock()
			c.acks = append(c.acks, request.CommandStatus)
			c.mu.Unlock()
		case *pdu.EnquireLink:
			c.mu.Lock()
			c.asked++
			c.mu.Unlock()
			if !c.Deaf {
				b.write(request.GetResponse())
			}
		case *pdu.Unbind:
			b.write(request.GetResponse())
			return
		}
	}
}

func (c *Centre) bind(b *bind, request *pdu.BindRequest) bool {
	answer := request.GetResponse().(*pdu.BindResp)
	if c.Password != "" && request.Password != c.Password {
		answer.CommandStatus = data.ESME_RINVPASWD
		b.write(answer)
		return false
	}
	c.mu.Lock()
	c.binds = append(c.binds, b)
	b.n = len(c.binds)
	c.mu.Unlock()
	b.write(answer)
	return true
}

func (c *Centre) submit(b *bind, request *pdu.SubmitSM) {
	text, err := request.Message.GetMessage()
	if err != nil {
		c.tb.Errorf("a part cannot be read: %v", err)
	}
	part, reply := c.note(Part{Bind: b.n, Sequence: request.SequenceNumber, To: request.DestAddr.Address(), Text: text,
		Coding: request.Message.Encoding().DataCoding(), UDH: request.Message.UDH()})
	for _, receipt := range reply.Early {
		c.Report(b.n, part.ID, receipt)
	}
	if reply.Drop {
		_ = b.conn.Close()
		return
	}
	if reply.Silent {
		return
	}
	if reply.Delay > 0 {
		time.Sleep(reply.Delay)
	}
	answer := request.GetResponse().(*pdu.SubmitSMResp)
	answer.MessageID, answer.CommandStatus = part.ID, reply.Status
	b.write(answer)
	for _, receipt := range reply.Late {
		c.Report(b.n, part.ID, receipt)
	}
}
