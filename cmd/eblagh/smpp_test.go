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
// two nodes together say was accepted and then delivered. Reports come over another connection, often the other node's.
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
	other, _ := startApp(t, c, partList{worker: true})
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
		_, more := get(t, other.AdminAddr(), "/metrics")
		accepted, delivered := 0, 0
		for _, node := range []string{figures, more} {
			accepted += figure(node, `eblagh_attempts_total{outcome="accepted",provider="op",reason=""}`)
			delivered += figure(node, `eblagh_deliveries_moved_total{channel="sms",status="delivered"}`)
		}
		if whole > 10 && several > 0 && accepted == whole && delivered == whole {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("the centre has %d texts, %d of them in parts; the hub says:\n%s\n%s", whole, several,
				lines(figures, "eblagh_"), lines(more, "eblagh_"))
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

func figure(figures, name string) int {
	for line := range strings.Lines(figures) {
		if text, ok := strings.CutPrefix(line, name+" "); ok {
			n, err := strconv.Atoi(strings.TrimSpace(text))
			if err != nil {
				return -1
			}
			return n
		}
	}
	return 0
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
