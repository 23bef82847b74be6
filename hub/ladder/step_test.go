package ladder

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"eblagh/hub"
)

func TestStep(t *testing.T) {
	e, day := iran(t), time.Hour
	all := []hub.Channel{hub.ChannelInbox, hub.ChannelSMS, hub.ChannelLive}
	for name, c := range map[string]struct {
		due    Due
		effect Effect
		reason hub.Reason
		after  time.Duration
		next   string
	}{
		"second text":                       {Due{Rung: "second_sms"}, Text, "", 0, "paper"},
		"E.1 stops it":                      {Due{Rung: "second_sms", Opened: true, Texting: true}, Stop, "opened", 0, ""},
		"a correction stops it":             {Due{Rung: "second_sms", Corrected: true, Replaced: true}, Stop, "corrected", 0, ""},
		"a correction on its way holds it":  {Due{Rung: "paper", Replaced: true, Address: true, Officer: true}, Wait, "", day / 24, ""},
		"expiry stops it":                   {Due{Rung: "paper", Expired: true}, Stop, "expired", 0, ""},
		"the first text is still under way": {Due{Rung: "second_sms", Texting: true}, Wait, "", day / 24, ""},
		"a text does not hold the officer":  {Due{Rung: "paper", Texting: true, Address: true, Officer: true}, Hand, "", 2 * day, ""},
		"F.1, returned in two days, CPC 68": {Due{Rung: "paper", Address: true, Officer: true}, Hand, "", 2 * day, ""},
		"F.2 without an address":            {Due{Rung: "paper", Officer: true}, Fails, "no_address", 0, ""},
		"F.2 without an officer":            {Due{Rung: "paper", Address: true}, Fails, "no_officer", 0, ""},
		"F.2 abroad, CPC 71":                {Due{Rung: "paper", Address: true, Officer: true, Abroad: true}, Fails, "abroad", 0, ""},
		"climbed before":                    {Due{Rung: "paper", Done: true, Address: true, Officer: true}, Stop, "", 0, ""},
		"a rung that nobody wrote":          {Due{Rung: "pigeon"}, Stop, "", 0, ""},
	} {
		c.due.Kind, c.due.Channels = "summons", all
		got := e.step(c.due, day)
		if got.Effect != c.effect || got.Reason != c.reason || got.After != c.after || got.Next.Name != c.next {
			t.Errorf("%s: %+v", name, got)
		}
		if got.ID != "ir" || got.Version != "1" {
			t.Errorf("%s: edition %s %s", name, got.ID, got.Version)
		}
	}
}

// Whatever the facts: a rung that stops or waits leads nowhere, each next rung is later, what was opened is never told
// again, and a paper that leaves out SMS gets none.
func TestClimbing(t *testing.T) {
	e := iran(t)
	rapid.Check(t, func(t *rapid.T) {
		flag := func(name string) bool { return rapid.Bool().Draw(t, name) }
		day := time.Duration(rapid.Int64Range(1, int64(48*time.Hour)).Draw(t, "day"))
		d := Due{Kind: rapid.SampledFrom(hub.Kinds).Draw(t, "kind"), Channels: []hub.Channel{hub.ChannelInbox}}
		if flag("sms") {
			d.Channels = append(d.Channels, hub.ChannelSMS)
		}
		rung, ok := e.first(d.Kind, d.Channels, day)
		for climbed := 0; ok; climbed++ {
			if climbed > 5 {
				t.Fatal("the ladder does not end")
			}
			d.Rung, d.Opened, d.Corrected, d.Replaced = rung.Name, flag("opened"), flag("corrected"), flag("replaced")
			d.Expired, d.Texting, d.Address = flag("expired"), flag("texting"), flag("address")
			d.Abroad, d.Officer = flag("abroad"), flag("officer")
			s := e.step(d, day)
			switch {
			case d.Opened != (s.Effect == Stop && s.Reason == hub.ReasonOpened):
				t.Fatalf("opened %v: %+v", d.Opened, s)
			case s.Effect == Text && !slices.Contains(d.Channels, hub.ChannelSMS):
				t.Fatalf("a text on %v", d.Channels)
			case s.Effect == Hand && (!d.Address || !d.Officer || d.Abroad || s.After < day):
				t.Fatalf("handed over: %+v", s)
			case (s.Effect == Stop || s.Effect == Wait) && s.Next != hub.Rung{}:
				t.Fatalf("leads on: %+v", s)
			case (s.Effect == Fails) == (s.Reason == "") && s.Effect != Stop:
				t.Fatalf("reason: %+v", s)
			case s.Next.Name != "" && s.Next.After <= rung.After:
				t.Fatalf("%+v after %+v", s.Next, rung)
			}
			rung, ok = s.Next, s.Next.Name != ""
		}
	})
}
