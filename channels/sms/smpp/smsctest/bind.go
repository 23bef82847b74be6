package smsctest

import (
	"fmt"
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

	gone     bool           // under Centre.mu, like what follows
	sequence int32          // of the last deliver_sm
	told     map[int32]news // reports without an acknowledgement
}

func (b *bind) write(p pdu.PDU) {
	buf := pdu.NewBuffer(nil)
	p.Marshal(buf)
	b.writing.Lock()
	defer b.writing.Unlock()
	_, _ = b.conn.Write(buf.Bytes())
}

func (c *Centre) serve(conn net.Conn) {
	b := &bind{conn: conn, told: map[int32]news{}}
	defer c.lose(b)
	if !c.enter(conn) {
		return
	}
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
		case *pdu.QuerySM:
			b.write(c.query(request))
		case *pdu.DeliverSMResp:
			c.acknowledged(b, request)
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
	waiting := c.waiting
	c.waiting = nil
	c.mu.Unlock()
	b.write(answer)
	for _, n := range waiting {
		c.tell(n)
	}
	return true
}

// enter is false when the centre was stopped meanwhile.
func (c *Centre) enter(conn net.Conn) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	select {
	case <-c.stopped:
		return false
	default:
	}
	c.conns[conn] = struct{}{}
	return true
}

// lose ends a connection. Reports that it carried in vain are brought again over another one.
func (c *Centre) lose(b *bind) {
	_ = b.conn.Close()
	c.mu.Lock()
	b.gone = true
	delete(c.conns, b.conn)
	var vain []news
	for _, n := range b.told {
		vain = append(vain, n)
	}
	b.told = nil
	c.mu.Unlock()
	if c.Retry > 0 {
		for _, n := range vain {
			c.wg.Go(func() { c.tellLater(n) })
		}
	}
}

func (c *Centre) submit(b *bind, request *pdu.SubmitSM) {
	text, err := request.Message.GetMessage()
	if err != nil {
		c.failed(fmt.Errorf("a part cannot be read: %w", err))
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
	if reply.Silent || !c.wait(reply.Delay) {
		return
	}
	answer := request.GetResponse().(*pdu.SubmitSMResp)
	answer.MessageID, answer.CommandStatus = part.ID, reply.Status
	b.write(answer)
	for _, receipt := range reply.Late {
		c.Report(b.n, part.ID, receipt)
	}
}

// query answers with the state that the message has, SMPP 3.4 §4.8.
func (c *Centre) query(request *pdu.QuerySM) pdu.PDU {
	answer := request.GetResponse().(*pdu.QuerySMResp)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.queried++
	state, known := c.states[request.MessageID]
	answer.MessageID, answer.MessageState = request.MessageID, state
	if !known {
		answer.CommandStatus = data.ESME_RQUERYFAIL
	}
	return answer
}

// wait is false when the centre is stopped meanwhile.
func (c *Centre) wait(d time.Duration) bool {
	if d <= 0 {
		return true
	}
	c.mu.Lock()
	stopped := c.stopped
	c.mu.Unlock()
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-stopped:
		return false
	}
}
