package postgres_test

import (
	"context"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"eblagh/hub"
)

// drawn reads the moves that the comment of package hub draws.
func drawn(t *testing.T) map[string][]string {
	t.Helper()
	text, err := os.ReadFile("../doc.go")
	if err != nil {
		t.Fatal(err)
	}
	moves := map[string][]string{}
	for _, line := range regexp.MustCompile(`(?m)^//\t(\w+) +may become +(.*)$`).FindAllStringSubmatch(string(text), -1) {
		moves[line[1]] = strings.Fields(line[2])
	}
	if len(moves) != 5 {
		t.Fatalf("hub/doc.go draws moves from %d states, want 5", len(moves))
	}
	return moves
}

// Every pair of states: what hub/doc.go draws is possible, and nothing else is, on either channel.
func TestMovesAreDrawnAndNoOthers(t *testing.T) {
	w := newWorld(t)
	moves := drawn(t)
	states := []hub.DeliveryStatus{hub.DeliveryPending, hub.DeliveryQueued, hub.DeliverySending, hub.DeliverySent,
		hub.DeliveryUnknown, hub.DeliveryHeld, hub.DeliveryDelivered, hub.DeliveryFailed, hub.DeliveryCancelled,
		hub.DeliveryExpired}
	tried := 0
	for _, channel := range []hub.Channel{hub.ChannelInbox, hub.ChannelSMS} {
		for _, from := range states {
			for _, to := range states {
				tried++
				want := slices.Contains(moves[string(from)], string(to)) || from == to && moves[string(from)] != nil
				waits := from == hub.DeliveryPending || from == hub.DeliveryQueued
				if waits && (channel == hub.ChannelInbox && to == hub.DeliverySending || channel == hub.ChannelSMS && to == hub.DeliveryDelivered) {
					want = false
				}
				if got := w.moves(channel, from, to); got != want {
					t.Errorf("%s: %s to %s: %v, want %v", channel, from, to, got, want)
				}
			}
		}
	}
	if tried != 2*len(states)*len(states) {
		t.Errorf("%d pairs were tried", tried)
	}
}

// moves tries one move on a row of its own.
func (w *world) moves(channel hub.Channel, from, to hub.DeliveryStatus) bool {
	w.Helper()
	due := func(s hub.DeliveryStatus) string {
		if s.Final() {
			return "NULL"
		}
		return "now()"
	}
	id := newID().String()
	w.exec(`INSERT INTO deliveries (id, notice, channel, priority, status, attempts, due_at)
		VALUES ($1, $1, $2, 'normal', $3, 1, `+due(from)+`)`, id, string(channel), string(from))
	_, err := w.sql.Exec(context.Background(), `UPDATE deliveries SET status = $2, due_at = `+due(to)+`,
		attempts = attempts + ($2 = 'sending' AND status IN ('pending', 'queued'))::integer WHERE id = $1`, id, string(to))
	return err == nil
}

// Beginning an attempt counts it, and nothing else counts one.
func TestOnlyTheBeginningOfAnAttemptCountsIt(t *testing.T) {
	w := newWorld(t)
	id := newID().String()
	w.exec(`INSERT INTO deliveries (id, notice, channel, priority, due_at) VALUES ($1, $1, 'sms', 'normal', now())`, id)
	for _, move := range []string{"status = 'sending'", "status = 'sending', attempts = 2", "attempts = 1",
		"status = 'queued', attempts = 1", "channel = 'inbox'"} {
		if code := w.refused("", "UPDATE deliveries SET "+move+" WHERE id = $1", id); code != check {
			t.Errorf("moved by %s: %q", move, code)
		}
	}
	w.exec(`UPDATE deliveries SET status = 'sending', attempts = 1 WHERE id = $1`, id)
	for _, move := range []string{"attempts = 2", "attempts = 0", "status = 'pending', attempts = 0", "status = 'unknown', attempts = 2"} {
		if code := w.refused("", "UPDATE deliveries SET "+move+" WHERE id = $1", id); code != check {
			t.Errorf("moved by %s: %q", move, code)
		}
	}
}
