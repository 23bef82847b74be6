package main

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/linxGnu/gosmpp/data"

	"eblagh/channels/sms/smpp/smsctest"
	"eblagh/cmd/eblagh/seed"
	"eblagh/config"
	"eblagh/hub/postgres/pgtest"
)

// TestTextsGoOverSMPPAndComeBackDelivered counts on both sides: what the message centre took as whole texts, and what
// the hub says was accepted and then delivered.
func TestTextsGoOverSMPPAndComeBackDelivered(t *testing.T) {
	pgtest.New(t)
	centre := smsctest.New(t)
	centre.Password = "hunter2"
	centre.Answer = func(n int, _ smsctest.Part) smsctest.Reply {
		if n == 3 {
			return smsctest.Reply{Status: data.ESME_RTHROTTLED}
		}
		early := n%2 == 0
		receipt := []smsctest.Receipt{{Other: true}}
		if early {
			return smsctest.Reply{Early: receipt, Delay: 5 * time.Millisecond}
		}
		return smsctest.Reply{Late: receipt}
	}
	c := settings(t, pgtest.URL(t))
	c.SMS.Providers = []config.Provider{{Name: "op", Kind: "smpp", Weight: 1, SMPP: config.SMPP{Addr: centre.Addr(),
		SystemID: "eblagh", Password: "hunter2", Binds: 2, TimeZone: "Asia/Tehran"}}}
	app, log := startApp(t, c, allParts)
	dom := app.domain
	if _, err := seed.Demo(t.Context(), seed.Options{Enroller: dom.enroller, Intake: dom.intake, Dispatcher: dom.dispatcher,
		Code: dom.activationCode, Logger: app.log}); err != nil {
		t.Fatal(err)
	}
	whole, several := 0, 0
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(30 * time.Second); ; <-tick.C {
		whole, several = texts(centre.Parts())
		_, figures := get(t, app.AdminAddr(), "/metrics")
		if whole > 10 && several > 0 && counted(figures, `eblagh_attempts_total{outcome="accepted",provider="op",reason=""}`, whole) &&
			counted(figures, `eblagh_deliveries_moved_total{channel="sms",status="delivered"}`, whole) {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("the centre has %d texts, %d of them in parts; the hub says:\n%s", whole, several, lines(figures, "eblagh_"))
		}
	}
	if strings.Contains(log.String(), "hunter2") {
		t.Error("the password is logged")
	}
}

// texts counts what was taken as a whole, and how many of these came in parts: every part of a text carries its number.
func texts(parts []smsctest.Part) (whole, several int) {
	for _, part := range parts {
		total, n, _, joined := part.UDH.GetConcatInfo()
		switch {
		case part.ID == "":
		case !joined:
			whole++
		case n == total:
			whole++
			several++
		}
	}
	return whole, several
}

func counted(figures, name string, want int) bool {
	for line := range strings.Lines(figures) {
		if figure, ok := strings.CutPrefix(line, name+" "); ok {
			return strings.TrimSpace(figure) == strconv.Itoa(want)
		}
	}
	return false
}

func lines(figures, prefix string) string {
	var out strings.Builder
	for line := range strings.Lines(figures) {
		if strings.HasPrefix(line, prefix) {
			out.WriteString(line)
		}
	}
	return out.String()
}
