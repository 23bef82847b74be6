package smpp

import (
	"testing"

	"github.com/linxGnu/gosmpp/data"
	"github.com/linxGnu/gosmpp/pdu"

	"eblagh/hub"
)

// TestEveryCommandStatusOfSection513 names each code of SMPP 3.4 §5.1.3 and what it makes of a text.
func TestEveryCommandStatusOfSection513(t *testing.T) {
	const (
		later, no = hub.OutcomeDeferred, hub.OutcomeRejected
		provider  = hub.ReasonProvider
	)
	want := map[data.CommandStatusType]verdict{
		0x00: {hub.OutcomeAccepted, ""}, 0x01: {no, provider}, 0x02: {no, provider}, 0x03: {no, provider},
		0x04: {later, provider}, 0x05: {later, provider}, 0x06: {no, provider}, 0x07: {no, provider},
		0x08: {later, provider}, 0x0a: {no, provider}, 0x0b: {no, hub.ReasonBadNumber}, 0x0c: {no, provider},
		0x0d: {later, provider}, 0x0e: {later, provider}, 0x0f: {later, provider}, 0x11: {no, provider},
		0x13: {no, provider}, 0x14: {later, provider}, 0x15: {no, provider}, 0x33: {no, provider},
		0x34: {no, provider}, 0x40: {no, provider}, 0x42: {no, provider}, 0x43: {no, provider},
		0x44: {no, provider}, 0x45: {later, provider}, 0x48: {no, provider}, 0x49: {no, provider},
		0x50: {no, hub.ReasonBadNumber}, 0x51: {no, hub.ReasonBadNumber}, 0x53: {no, provider}, 0x54: {no, provider},
		0x55: {no, provider}, 0x58: {later, hub.ReasonThrottled}, 0x61: {no, provider}, 0x62: {no, provider},
		0x63: {no, provider}, 0x64: {later, provider}, 0x65: {no, provider}, 0x66: {no, hub.ReasonBlocked},
		0x67: {later, provider}, 0xc0: {no, provider}, 0xc1: {no, provider}, 0xc2: {no, provider},
		0xc3: {no, provider}, 0xc4: {no, provider}, 0xfe: {later, hub.ReasonUnreachable}, 0xff: {later, provider},
	}
	if len(statuses) != len(want) {
		t.Errorf("the table has %d codes, the standard %d", len(statuses), len(want))
	}
	for code, v := range want {
		if got := judge(pdu.Header{CommandID: data.SUBMIT_SM_RESP, CommandStatus: code}); got != v {
			t.Errorf("0x%02x: got %v, want %v", uint32(code), got, v)
		}
	}
	for _, code := range []data.CommandStatusType{0x09, 0x59, 0x100, 0x400, 0x4ff, -1} {
		if got := judge(pdu.Header{CommandID: data.SUBMIT_SM_RESP, CommandStatus: code}); got != (verdict{later, provider}) {
			t.Errorf("0x%02x, reserved or the operator's own: got %v", uint32(code), got)
		}
	}
	if got := judge(pdu.Header{CommandID: data.GENERIC_NACK}); got.outcome == hub.OutcomeAccepted {
		t.Error("a nack is no success")
	}
}

// TestEveryMessageStateOfSection5228 names each state, as a TLV and as a word.
func TestEveryMessageStateOfSection5228(t *testing.T) {
	words := map[byte]string{1: "ENROUTE", 2: "DELIVRD", 3: "EXPIRED", 4: "DELETED", 5: "UNDELIV", 6: "ACCEPTD", 7: "UNKNOWN",
		8: "REJECTD"}
	outcomes := map[byte]hub.Outcome{1: hub.OutcomeAccepted, 2: hub.OutcomeDelivered, 3: hub.OutcomeRejected,
		4: hub.OutcomeRejected, 5: hub.OutcomeRejected, 6: hub.OutcomeAccepted, 7: hub.OutcomeUnknown, 8: hub.OutcomeRejected}
	if len(states) != len(words) || len(stateWords) != len(words) {
		t.Errorf("%d words, %d states", len(states), len(stateWords))
	}
	for state, word := range words {
		text := receipt("id:1 stat:" + word)
		if r, ok := (Options{}).report(text); !ok || r.Outcome != outcomes[state] {
			t.Errorf("%s: %v", word, r.Outcome)
		}
		text.RegisterOptionalParam(pdu.Field{Tag: pdu.TagMessageStateOption, Data: []byte{state}})
		text.RegisterOptionalParam(pdu.Field{Tag: pdu.TagReceiptedMessageID, Data: []byte("2\x00")})
		if r, ok := (Options{}).report(text); !ok || r.Outcome != outcomes[state] || r.MessageID != "2" {
			t.Errorf("state %d: %+v", state, r)
		}
	}
}
