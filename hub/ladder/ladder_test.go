package ladder

import (
	"context"
	"fmt"
	"testing"
	"time"

	"eblagh/hub"
)

// fired is a store in which batches of rungs are due, one after the other.
type fired struct {
	Store
	batches [][]Due
}

func (f *fired) FireRungs(_ context.Context, _ []string, limit int, decide func(Due) Step, _ func() hub.ID) ([]Step, error) {
	if len(f.batches) == 0 {
		return nil, nil
	}
	var out []Step
	for _, d := range f.batches[0][:min(limit, len(f.batches[0]))] {
		out = append(out, decide(d))
	}
	f.batches = f.batches[1:]
	return out, nil
}

// counter keeps what was counted.
type counter map[string]int

func (c counter) Climbed(rung string, effect Effect, n int) { c[fmt.Sprint(rung, " ", effect)] += n }

// What fired is counted, pumps are woken once a batch and only for texts, and a full batch is followed by another.
func TestFireTells(t *testing.T) {
	e := iran(t)
	due := func(n int, d Due) (out []Due) {
		d.Ladder, d.Kind, d.Channels = "ir.1", "summons", []hub.Channel{hub.ChannelInbox, hub.ChannelSMS}
		for range n {
			out = append(out, d)
		}
		return out
	}
	store := &fired{batches: [][]Due{due(fireBatch, Due{Rung: "second_sms"}), due(3, Due{Rung: "paper", Opened: true})}}
	woken, counts := 0, counter{}
	l, err := New(Options{Store: store, Book: &Book{[]edition{e}}, Clock: time.Now, Wake: func() { woken++ }, Meter: counts})
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Fire(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(counts, woken); got != fmt.Sprintf("map[paper stop:3 second_sms text:%d] 1", fireBatch) {
		t.Errorf("counted %s", got)
	}
}

func TestNewRefuses(t *testing.T) {
	e := iran(t)
	for name, o := range map[string]Options{
		"a day below zero":           {Day: -time.Hour},
		"a ladder that is not there": {ID: "xx"},
	} {
		o.Book, o.Clock = &Book{[]edition{e}}, time.Now
		if _, err := New(o); err == nil {
			t.Errorf("%s: was taken", name)
		}
	}
}
