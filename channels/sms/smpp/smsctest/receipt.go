package smsctest

import (
	"fmt"

	"github.com/linxGnu/gosmpp/data"
	"github.com/linxGnu/gosmpp/pdu"
)

// Receipt is a delivery report. The zero value says delivered, in text.
type Receipt struct {
	State string // as in the text; "" is DELIVRD
	TLV   byte   // message_state in a TLV, with the id in another; 0: text
	Other bool   // over another connection, when there is one
	Plain bool   // not marked as a report at all
}

// Report sends a delivery report over the bind, from 1, if that is still there.
func (c *Centre) Report(n int, id string, r Receipt) {
	c.mu.Lock()
	b := c.binds[n-1]
	if r.Other && len(c.binds) > 1 {
		b = c.binds[n%len(c.binds)]
	}
	c.mu.Unlock()
	d := pdu.NewDeliverSM().(*pdu.DeliverSM)
	if !r.Plain {
		d.EsmClass = data.SM_SMSC_DLV_RCPT_TYPE
	}
	if r.TLV != 0 {
		d.RegisterOptionalParam(pdu.Field{Tag: pdu.TagReceiptedMessageID, Data: append([]byte(id), 0)})
		d.RegisterOptionalParam(pdu.Field{Tag: pdu.TagMessageStateOption, Data: []byte{r.TLV}})
	} else {
		state := r.State
		if state == "" {
			state = "DELIVRD"
		}
		text := fmt.Sprintf("id:%s sub:001 dlvrd:001 submit date:2611240210 done date:2611240211 stat:%s err:000 text:code 123456",
			id, state)
		if err := d.Message.SetMessageWithEncoding(text, data.GSM7BIT); err != nil {
			c.tb.Error(err)
			return
		}
	}
	b.write(d)
}
