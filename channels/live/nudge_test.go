package live

import (
	"reflect"
	"slices"
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
		doubted := rapid.SliceOfN(ids, 0, 3).Draw(t, "doubted")
		for _, id := range doubted {
			message = append(append(message, recordDoubt), id[:]...)
		}
		message = append(message, recordAll)
		h, err := readNudges(string(message))
		if err != nil || h.from != "12345678" || !h.all || !reflect.DeepEqual(h.nudges, want) || !slices.Equal(h.doubted, doubted) {
			t.Fatalf("%+v %v", h, err)
		}
	})
}

func FuzzReadNudges(f *testing.F) {
	f.Add("")
	f.Add("12345678")
	f.Add("12345678\x00short")
	f.Add("12345678\x02\x02\x09")
	f.Add("12345678\x03short")
	f.Fuzz(func(t *testing.T, message string) {
		h, err := readNudges(message)
		if err == nil && (len(h.from) != nameSize || len(h.nudges)*25+len(h.doubted)*17 > len(message)) {
			t.Fatalf("%d nudges out of %d bytes", len(h.nudges), len(message))
		}
	})
}
