package smpp

import (
	"bytes"
	"strings"
	"testing"

	"github.com/linxGnu/gosmpp/data"
	"github.com/linxGnu/gosmpp/pdu"

	"eblagh/hub"
)

// What is written here for the sake of speed is what the library writes.
func TestPartsAreWrittenAsTheLibraryDoes(t *testing.T) {
	for name, body := range map[string]string{
		"plain": "Notice 140309920001 of 1403/05/01, see your inbox.", "GSM-7": "code {12} @ 5$ \\ É€", "empty": "",
		"persian": "ابلاغ", "in parts": strings.Repeat("court{1} ", 30), "persian in parts": strings.Repeat("ابلاغ قضایی ", 15),
	} {
		t.Run(name, func(t *testing.T) {
			parts, err := submits("EBLAGH", hub.Text{To: "+989120000001", Body: body}, 7)
			if err != nil {
				t.Fatal(err)
			}
			var whole strings.Builder
			for i, raw := range parts {
				read, err := pdu.Parse(bytes.NewReader(raw))
				if err != nil {
					t.Fatal(err)
				}
				s := read.(*pdu.SubmitSM)
				text, err := s.Message.GetMessage()
				if err != nil {
					t.Fatal(err)
				}
				whole.WriteString(text)
				total, n, ref, inParts := s.Message.UDH().GetConcatInfo()
				if inParts != (len(parts) > 1) || inParts && (int(total) != len(parts) || int(n) != i+1 || ref != 7) {
					t.Errorf("part %d says %d of %d, reference %d", i+1, n, total, ref)
				}
				if s.SourceAddr.Address() != "EBLAGH" || s.SourceAddr.Ton() != tonLetters || s.DestAddr.Address() != "989120000001" ||
					s.DestAddr.Npi() != npiISDN || s.RegisteredDelivery != data.SM_SMSC_RECEIPT_REQUESTED {
					t.Errorf("part %d: %+v", i+1, s)
				}
				if again := marshal(s); !bytes.Equal(again, raw) {
					t.Errorf("part %d: %x, and the library writes %x", i+1, raw, again)
				}
			}
			if whole.String() != body {
				t.Errorf("it reads %q", whole.String())
			}
		})
	}
}

// So is what is read: the id of an answer that has nothing else, and all others by the library.
func TestAnswersAreReadAsTheLibraryDoes(t *testing.T) {
	plain := pdu.NewSubmitSMResp().(*pdu.SubmitSMResp)
	plain.MessageID = "00AB12"
	more := pdu.NewSubmitSMResp().(*pdu.SubmitSMResp)
	more.MessageID = "00AB13"
	more.RegisterOptionalParam(pdu.Field{Tag: pdu.TagAdditionalStatusInfoText, Data: []byte("fine\x00")})
	unended := marshal(plain)
	unended[3]--
	for id, raw := range map[string][]byte{"00AB12": marshal(plain), "00AB13": marshal(more), "": unended[:len(unended)-1]} {
		f, err := readFrame(bytes.NewReader(raw))
		if err != nil {
			t.Fatal(err)
		}
		if answer, ok := f.body.(*pdu.SubmitSMResp); !ok || answer.MessageID != id {
			t.Errorf("%x: read %+v, want the id %q", raw, f.body, id)
		}
	}
}

func BenchmarkSubmits(b *testing.B) {
	text := hub.Text{To: "+989120000001", Body: "Notice 140309920001 of 1403/05/01, see your inbox."}
	for b.Loop() {
		if _, err := submits("EBLAGH", text, 7); err != nil {
			b.Fatal(err)
		}
	}
}
