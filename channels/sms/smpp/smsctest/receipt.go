package smsctest

import (
	"fmt"
	"slices"

	"github.com/linxGnu/gosmpp/data"
	"github.com/linxGnu/gosmpp/pdu"
)

// Receipt is a delivery report. The zero value says delivered, in text.
type Receipt struct {
	ID    string // of the message; "": the part's own. Another spelling, or nobody's
	State string // as in the text; "" is DELIVRD
	TLV   byte   // message_state in a TLV, with the id in another; 0: text
	Other bool   // over another connection, when there is one
	Plain bool   // not marked as a report at all
}

// news is a receipt on its way.
type news struct {
	bind    int
	id      string
	receipt Receipt
}

var states = map[string]byte{"": data.SM_STATE_DELIVERED, "DELIVRD": data.SM_STATE_DELIVERED, "EXPIRED": data.SM_STATE_EXPIRED,
	"DELETED": data.SM_STATE_DELETED, "UNDELIV": data.SM_STATE_UNDELIVERABLE, "ACCEPTD": data.SM_STATE_ACCEPTED,
	"UNKNOWN": data.SM_STATE_INVALID, "REJECTD": data.SM_STATE_REJECTED, "ENROUTE": data.SM_STATE_EN_ROUTE}

// Report sends a delivery report over the bind, from 1, or over any other when that is gone. From then on query_sm is
// answered the same.
func (c *Centre) Report(n int, id string, r Receipt) {
	c.mu.Lock()
	if _, taken := c.states[id]; taken && !r.Plain {
		if c.states[id] = states[r.State]; r.TLV != 0 {
			c.states[id] = r.TLV
		}
	}
	c.mu.Unlock()
	if r.ID != "" {
		id = r.ID
	}
	c.tell(news{n, id, r})
}

// carrier gives the connection that a report goes over, nil when there is none; c.mu is held.
func (c *Centre) carrier(n news) *bind {
	own, count := n.bind-1, len(c.binds)
	if n.receipt.Other {
		own++
	}
	for i := range count {
		if b := c.binds[(own+i)%count]; !b.gone {
			return b
		}
	}
	return nil
}

func (c *Centre) tell(n news) {
	message, err := n.message()
	if err != nil {
		c.failed(err)
		return
	}
	c.mu.Lock()
	b := c.carrier(n)
	if b == nil {
		if c.Retry > 0 {
			c.waiting = append(c.waiting, n)
		}
		c.mu.Unlock()
		return
	}
	b.sequence++
	message.SequenceNumber = b.sequence
	b.told[b.sequence] = n
	c.mu.Unlock()
	b.write(message)
}

func (c *Centre) tellLater(n news) {
	if c.wait(c.Retry) {
		c.tell(n)
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.waiting = append(c.waiting, n)
}

// acknowledged notes the answer to a report; one that was refused comes again, where the centre does so.
func (c *Centre) acknowledged(b *bind, answer *pdu.DeliverSMResp) {
	c.mu.Lock()
	c.acks = append(c.acks, answer.CommandStatus)
	n, known := b.told[answer.SequenceNumber]
	delete(b.told, answer.SequenceNumber)
	c.mu.Unlock()
	if known && answer.CommandStatus != data.ESME_ROK && c.Retry > 0 {
		c.wg.Go(func() { c.tellLater(n) })
	}
}

// Unreported is how many reports wait for a connection or for their acknowledgement.
func (c *Centre) Unreported() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	open := len(c.waiting)
	for _, b := range c.binds {
		open += len(b.told)
	}
	return open
}

func (n news) message() (*pdu.DeliverSM, error) {
	d, r := pdu.NewDeliverSM().(*pdu.DeliverSM), n.receipt
	if !r.Plain {
		d.EsmClass = data.SM_SMSC_DLV_RCPT_TYPE
	}
	if r.TLV != 0 {
		d.RegisterOptionalParam(pdu.Field{Tag: pdu.TagReceiptedMessageID, Data: slices.Concat([]byte(n.id), []byte{0})})
		d.RegisterOptionalParam(pdu.Field{Tag: pdu.TagMessageStateOption, Data: []byte{r.TLV}})
		return d, nil
	}
	state := r.State
	if state == "" {
		state = "DELIVRD"
	}
	text := fmt.Sprintf("id:%s sub:001 dlvrd:001 submit date:2611240210 done date:2611240211 stat:%s err:000 text:code 123456",
		n.id, state)
	if err := d.Message.SetMessageWithEncoding(text, data.GSM7BIT); err != nil {
		return nil, fmt.Errorf("a report cannot be written: %w", err)
	}
	return d, nil
}
