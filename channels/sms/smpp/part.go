package smpp

import (
	"encoding/binary"
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

// submits makes one submit_sm per part of the text, with a reference that joins them at the handset. Sequence numbers are
// given to them when they leave.
func submits(sender string, text hub.Text, reference byte) ([][]byte, error) {
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
	out := make([][]byte, len(parts))
	for i, part := range parts {
		message, err := encode(part, coding)
		if err != nil {
			return nil, fmt.Errorf("part %d cannot be encoded", i+1)
		}
		esmClass := byte(data.DFLT_ESM_CLASS)
		if len(parts) > 1 {
			header, err := pdu.UDH{pdu.NewIEConcatMessage(byte(len(parts)), byte(i+1), reference)}.MarshalBinary()
			if err != nil {
				return nil, fmt.Errorf("part %d cannot be encoded", i+1)
			}
			message, esmClass = append(header, message...), data.SM_UDH_GSM
		}
		if out[i], err = submit(from, to, esmClass, coding.DataCoding(), message); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// encode spares what is the same in GSM-7 the library's look-up of each character.
func encode(part string, coding data.Encoding) ([]byte, error) {
	if coding == data.GSM7BIT && sms.Plain(part) {
		return []byte(part), nil
	}
	return coding.Encode(part)
}

// submit writes a submit_sm, SMPP 3.4 §4.4.1, whose report is wanted. It writes what the library writes, and nothing else on the way.
func submit(from, to pdu.Address, esmClass, coding byte, message []byte) ([]byte, error) {
	if len(message) > data.SM_MSG_LEN {
		return nil, errors.New("the text is too long for a part")
	}
	const fixed = 12 // bytes of numbers, and of texts that are empty
	raw := make([]byte, headerBytes, headerBytes+fixed+8+len(from.Address())+len(to.Address())+len(message))
	raw = append(raw, 0) // service_type
	for _, a := range []pdu.Address{from, to} {
		raw = append(append(raw, a.Ton(), a.Npi()), a.Address()...)
		raw = append(raw, 0)
	}
	raw = append(raw, esmClass, data.DFLT_PROTOCOLID, data.DFLT_PRIORITY_FLAG)
	raw = append(raw, 0, 0) // schedule_delivery_time, validity_period
	raw = append(raw, data.SM_SMSC_RECEIPT_REQUESTED, data.DFTL_REPLACE_IFP, coding, data.DFLT_DFLTMSGID, byte(len(message)))
	raw = append(raw, message...)
	binary.BigEndian.PutUint32(raw, uint32(len(raw)))
	binary.BigEndian.PutUint32(raw[4:], uint32(data.SUBMIT_SM))
	return raw, nil
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
