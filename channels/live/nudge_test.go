package live

import (
	"reflect"
	"testing"

	"pgregory.net/rapid"

	"eblagh/hub"
)

func TestNudgesSurviveTheWire(t *testing.T) {
	ids := rapid.Custom(func(t *rapid.T) (id hub.ID) {
		copy(id[:], rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "id"))
		return id
	})
	rapid.Check(t, func(t *rapid.T) {
		var want []hub.Nudge
		message := []byte("12345678")
		for range rapid.IntRange(0, 20).Draw(t, "records") {
			n := hub.Nudge{Recipient: ids.Draw(t, "recipient")}
			if n.Update = rapid.Bool().Draw(t, "update"); n.Update {
				n.Notice = ids.Draw(t, "notice")
			} else {
				n.Cursor = rapid.Int64Min(0).Draw(t, "cursor")
			}
			message, want = appendNudge(message, n), append(want, n)
		}
		message = append(message, recordAll)
		from, got, all, err := readNudges(string(message))
		if err != nil || from != "12345678" || !all || !reflect.DeepEqual(got, want) {
			t.Fatalf("%s %v %t %v", from, got, all, err)
		}
	})
}

func FuzzReadNudges(f *testing.F) {
	f.Add("")
	f.Add("12345678")
	f.Add("12345678\x00short")
	f.Add("12345678\x02\x02\x09")
	f.Fuzz(func(t *testing.T, message string) {
		from, nudges, _, err := readNudges(message)
		if err == nil && (len(from) != nameSize || len(nudges)*25 > len(message)) {
			t.Fatalf("%d nudges out of %d bytes", len(nudges), len(message))
		}
	})
}
