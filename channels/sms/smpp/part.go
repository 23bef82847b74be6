package smpp

import (
	"errors"
	"fmt"
	"strings"

	"github.com/linxGnu/gosmpp/data"
	"github.com/linxGnu/gosmpp/pdu"

	"eblagh/channels/sms"
	"eblagh/hub"
)

// mostSegments is what the header of a part can count.
const mostSegments = 255

// Types of number and numbering plans, SMPP 3.4 §5.2.5 and §5.2.6.
const (
	tonInternational, tonNetwork, tonLetters = 1, 3, 5
	npiUnknown, npiISDN                      = 0, 1
)

// submits makes one submit_sm per part of the text, with a reference that joins them at the handset.
func submits(sender string, text hub.Text, reference byte) ([]*pdu.SubmitSM, error) {
	encoding, parts := sms.Segments(text.Body)
	if len(parts) > mostSegments {
		return nil, errors.New("the text is too long")
	}
	from, err := source(sender)
	if err != nil {
		return nil, err
	}
	to, err := pdu.NewAddressWithTonNpiAddr(tonInternational, npiISDN, strings.TrimPrefix(string(text.To), "+"))
	if err != nil {
		return nil, errors.New("the number does not fit")
	}
	coding := data.GSM7BIT
	if encoding == sms.UCS2 {
		coding = data.UCS2
	}
	out := make([]*pdu.SubmitSM, len(parts))
	for i, part := range parts {
		s := pdu.NewSubmitSM().(*pdu.SubmitSM)
		s.SourceAddr, s.DestAddr = from, to
		s.RegisteredDelivery = data.SM_SMSC_RECEIPT_REQUESTED
		if err := s.Message.SetMessageWithEncoding(part, coding); err != nil {
			return nil, fmt.Errorf("part %d cannot be encoded", i+1)
		}
		if len(parts) > 1 {
			s.EsmClass |= data.SM_UDH_GSM
			s.Message.SetUDH(pdu.UDH{pdu.NewIEConcatMessage(byte(len(parts)), byte(i+1), reference)})
		}
		out[i] = s
	}
	return out, nil
}

// Cost is how many messages a text is to the message centre, whose rate counts each.
func (p *Provider) Cost(text hub.Text) int {
	_, parts := sms.Segments(text.Body)
	return len(parts)
}

// source tells a name, a short number and a full one apart.
func source(sender string) (pdu.Address, error) {
	ton, npi := byte(tonLetters), byte(npiUnknown)
	digits := strings.TrimPrefix(sender, "+")
	if strings.Trim(digits, "0123456789") == "" {
		ton, npi = tonInternational, npiISDN
		if len(digits) <= 8 {
			ton, npi = tonNetwork, npiUnknown
		}
		sender = digits
	}
	a, err := pdu.NewAddressWithTonNpiAddr(ton, npi, sender)
	if err != nil {
		return a, errors.New("the sender's name does not fit")
	}
	return a, nil
}
