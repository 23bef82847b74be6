package smpp

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/linxGnu/gosmpp/data"
	"github.com/linxGnu/gosmpp/pdu"

	"eblagh/hub"
)

func receipt(text string) *pdu.DeliverSM {
	d := pdu.NewDeliverSM().(*pdu.DeliverSM)
	d.EsmClass = esmReceipt
	_ = d.Message.SetMessageDataWithEncoding([]byte(text), data.GSM7BIT)
	return d
}

func TestReportTexts(t *testing.T) {
	tehran := time.FixedZone("Tehran", 3*3600+1800)
	at := time.Date(2026, 11, 24, 8, 30, 0, 0, time.UTC)
	for text, want := range map[string]hub.Report{
		"id:7f sub:001 dlvrd:001 submit date:2611241159 done date:2611241200 stat:DELIVRD err:000 text:id:9": {
			MessageID: "7f", Outcome: hub.OutcomeDelivered, At: at},
		"ID: 7F  Done Date:261124120000 STAT:delivrd Text:": {MessageID: "7F", Outcome: hub.OutcomeDelivered, At: at},
		"id:7f done date:soon stat:EXPIRED err:044":         {MessageID: "7f", Outcome: hub.OutcomeRejected, Reason: hub.ReasonUnreachable},
		"stat:REJECTD err:1 id:7f":                          {MessageID: "7f", Outcome: hub.OutcomeRejected, Reason: hub.ReasonBlocked},
		"id:7f stat:SOMETHING":                              {},
		"stat:DELIVRD":                                      {},
		"text: id:7f stat:DELIVRD":                          {},
		"myid:7f stat:DELIVRD":                              {},
		"سلام":                                              {},
		"id:7f stat:DELIVRD done date:99999999999999999999": {MessageID: "7f", Outcome: hub.OutcomeDelivered},
		"id:7f stat:DELIVRD done date:261":                  {MessageID: "7f", Outcome: hub.OutcomeDelivered},
	} {
		got, ok := Options{Zone: tehran}.report(receipt(text))
		if ok != (want.MessageID != "") || ok && (got.MessageID != want.MessageID || got.Outcome != want.Outcome ||
			got.Reason != want.Reason || !got.At.Equal(want.At)) {
			t.Errorf("%q: got %+v", text, got)
		}
	}
}

func TestAnIntermediateNotificationIsNotTheLastWord(t *testing.T) {
	d := receipt("id:1 stat:UNDELIV")
	d.EsmClass = esmIntermediate
	if r, ok := (Options{}).report(d); !ok || r.Outcome != hub.OutcomeAccepted {
		t.Errorf("%+v", r)
	}
}

func TestIDsInOtherForms(t *testing.T) {
	for _, c := range []struct {
		form              IDForm
		reported, answers string
	}{
		{IDSame, "00AB", "00AB"}, {IDDecimal, "6699", "1a2b"}, {IDHex, "1A2B", "6699"}, {IDHex, "not hex", "not hex"},
		{IDDecimal, "340282366920938463463374607431768211455", strings.Repeat("f", 32)}, {IDDecimal, "-1", "-1"},
	} {
		if got := c.form.answered(c.reported); got != c.answers {
			t.Errorf("%s %s: got %s", c.form, c.reported, got)
		}
	}
}

func TestOptionsDoNotPrintThePassword(t *testing.T) {
	o := Options{Name: "op", Password: "hunter2"}
	if shown := fmt.Sprintf("%v %+v %#v %s", o, o, o, o); strings.Contains(shown, "hunter2") {
		t.Error(shown)
	}
}

func FuzzReport(f *testing.F) {
	f.Add([]byte("id:1 sub:001 dlvrd:001 submit date:2611241159 done date:2611241200 stat:DELIVRD err:000 text:code 1"), byte(4))
	f.Add([]byte("\x00\xffid:\u200f1\nstat :DELIVRD"), byte(0))
	f.Fuzz(func(t *testing.T, text []byte, class byte) {
		d := receipt("")
		d.EsmClass = class
		if d.Message.SetMessageDataWithEncoding(text, data.FromDataCoding(class)) != nil {
			return
		}
		r, ok := Options{Zone: time.UTC, IDForm: IDHex}.report(d)
		if !ok {
			return
		}
		if r.MessageID == "" || r.Outcome == "" || class&esmType != esmReceipt && class&esmType != esmIntermediate {
			t.Errorf("%+v of class %#x", r, class)
		}
		if receiptText.Match(r.Raw) {
			t.Errorf("the message is repeated: %q", r.Raw)
		}
	})
}

// FuzzFrame feeds whatever a peer may send; nothing of it may stop the process.
func FuzzFrame(f *testing.F) {
	f.Add(marshal(receipt("id:1 stat:DELIVRD")))
	f.Add(marshal(pdu.NewBindRequest(pdu.Transceiver)))
	f.Fuzz(func(t *testing.T, raw []byte) {
		got, err := readFrame(strings.NewReader(string(raw)))
		if d, ok := got.body.(*pdu.DeliverSM); err == nil && ok {
			(Options{}).report(d)
		}
	})
}

// TestFinalDateOfSection711 reads the absolute time format.
func TestFinalDateOfSection711(t *testing.T) {
	for text, want := range map[string]string{
		"261124021130014+": "2026-11-23T22:41:30Z", "261124021130000+": "2026-11-24T02:11:30Z",
		"261124021130008-": "2026-11-24T04:11:30Z", "": "", "261124021130014": "", "261124021130014R": "",
		"261324021130014+": "", "261124021130099+": "", "2611240211300x4+": "",
	} {
		got := ""
		if at := finalDate(text); !at.IsZero() {
			got = at.Format("2006-01-02T15:04:05Z07:00")
		}
		if got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}
