package smpp

import (
	"fmt"
	"math/big"
	"regexp"
	"strings"
	"time"

	"github.com/linxGnu/gosmpp/data"
	"github.com/linxGnu/gosmpp/pdu"

	"eblagh/hub"
)

// Bits of esm_class in a deliver_sm, SMPP 3.4 §5.2.12.
const (
	esmType         = 0x3c
	esmReceipt      = 0x04
	esmIntermediate = 0x20
)

var (
	receiptFields = regexp.MustCompile(`(?i)(?:^|\s)(id|stat|done date)\s*:\s*([^\s:]+)`)
	receiptText   = regexp.MustCompile(`(?i)(?:^|\s)text\s*:`)
)

// report reads a delivery report. It is one only by its class or its TLV: a person who answers with the words of a
// report must not make evidence. ok is false for anything else, and for one that names no message or state.
func (o Options) report(d *pdu.DeliverSM) (r hub.Report, ok bool) {
	named := tlv(d, pdu.TagReceiptedMessageID)
	class := d.EsmClass & esmType
	if class != esmReceipt && class != esmIntermediate && named == "" {
		return r, false
	}
	text := content(d)
	id, word, at := o.readReceipt(text)
	if named != "" {
		id = named
	}
	if state := tlv(d, pdu.TagMessageStateOption); len(state) == 1 && stateWords[state[0]] != "" {
		word = stateWords[state[0]]
	}
	v, known := states[word]
	if id == "" || !known {
		return r, false
	}
	if class == esmIntermediate { // not the last word
		v = verdict{hub.OutcomeAccepted, hub.ReasonNone}
	}
	raw := text
	if raw == "" {
		raw = fmt.Sprintf("receipted_message_id:%s message_state:%s", id, word)
	}
	return hub.Report{Provider: o.Name, MessageID: o.IDForm.answered(id), Outcome: v.outcome, Reason: v.reason, At: at,
		Raw: []byte(raw)}, true
}

// readReceipt reads the text that SMPP 3.4 appendix B shows.
func (o Options) readReceipt(text string) (id, state string, at time.Time) {
	for _, field := range receiptFields.FindAllStringSubmatch(text, -1) {
		switch value := field[2]; strings.ToLower(field[1]) {
		case "id":
			if id == "" {
				id = value
			}
		case "stat":
			if state == "" {
				state = strings.ToUpper(value)
			}
		case "done date":
			at = o.time(value)
		}
	}
	return id, state, at
}

// time reads YYMMDDhhmm, with seconds or without; the zero time when it is none, or the zone is not known.
func (o Options) time(value string) time.Time {
	layout := "060102150405"
	if o.Zone == nil || len(value) > len(layout) {
		return time.Time{}
	}
	t, err := time.ParseInLocation(layout[:max(10, len(value))], value, o.Zone)
	if err != nil {
		return time.Time{}
	}
	return t.UTC()
}

// content is the report's text without the beginning of the message that it repeats: that is nobody's evidence, and may
// be a one-time code.
func content(d *pdu.DeliverSM) string {
	text := tlv(d, pdu.TagMessagePayload)
	if raw, err := d.Message.GetMessageData(); err == nil && len(raw) > 0 {
		text = string(raw)
		if d.Message.Encoding() == data.UCS2 {
			if text, err = d.Message.GetMessage(); err != nil {
				return ""
			}
		}
	}
	if at := receiptText.FindStringIndex(text); at != nil {
		text = text[:at[0]]
	}
	return strings.TrimSpace(strings.ToValidUTF8(strings.ReplaceAll(text, "\x00", ""), "?"))
}

func tlv(d *pdu.DeliverSM, tag pdu.Tag) string {
	return strings.TrimRight(string(d.OptionalParameters[tag].Data), "\x00")
}

// answered turns a report's id into the form in which submit_sm was answered.
func (f IDForm) answered(id string) string {
	from, to := 10, 16
	switch f {
	case IDDecimal:
	case IDHex:
		from, to = 16, 10
	default:
		return id
	}
	n, ok := new(big.Int).SetString(strings.TrimSpace(id), from)
	if !ok || len(id) > 64 || n.Sign() < 0 {
		return id
	}
	return n.Text(to)
}
