package live_test

import (
	"context"
	"math/rand/v2"
	"testing"
	"time"

	"eblagh/channels/live"
	"eblagh/hub"
	"eblagh/hub/postgres/pgtest"
)

// Promise 5: after any disconnect the client gives its cursor and gets exactly what it missed. Two nodes, arrivals told
// by a third process, Redis killed and started meanwhile.
func TestAClientThatDropsSeesEachOnceInOrder(t *testing.T) {
	const drops, papers = 100, 800
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 1))
	w, redis := newWorld(t), pgtest.NewRedis(t)
	who := w.person()
	nodes := []*node{w.node(redis.Addr()), w.node(redis.Addr())}
	teller := w.relay(redis.Addr(), nil)
	told := make(chan struct{})
	go func() {
		defer close(told)
		w.tellOf(teller, who, papers, map[int]func() error{
			papers / 3:     redis.Kill,
			2 * papers / 3: func() error { return redis.Start(context.Background()) },
		})
	}()
	cuts := map[int64]bool{}
	for _, n := range random.Perm(papers - 1)[:drops] {
		cuts[int64(n)+1] = true
	}
	acked := map[int64]bool{}
	for position := int64(0); position < papers; {
		c := nodes[random.IntN(len(nodes))].connect(t, who, position)
		if f := c.next("hello"); !f.Recovered || f.Cursor < position {
			t.Fatalf("hello %+v at %d", f, position)
		}
		for position < papers {
			f := c.next("notice")
			if f.Cursor != position+1 {
				t.Fatalf("cursor %d after %d", f.Cursor, position)
			}
			position = f.Cursor
			if random.IntN(10) == 0 {
				c.ack(position)
				for n := int64(1); n <= position; n++ { // acks are cumulative
					acked[n] = true
				}
			}
			if cuts[position] {
				break
			}
		}
		c.drop()
	}
	<-told
	w.awaitReceipts(hub.EventConsignmentNotified, who, papers)
	// An ack may be lost with its connection, but none is made up, and none counted twice.
	all, notices := w.receipts(hub.EventNotificationDelivered, who)
	if all != notices || all == 0 || all > len(acked) {
		t.Errorf("%d acks of %d notices, %d were acknowledged", all, notices, len(acked))
	}
}

// tellOf makes papers arrive, a few at a time, and tells the relay. faults happen once so many have arrived.
func (w *world) tellOf(teller *live.Relay, who hub.ID, papers int, faults map[int]func() error) {
	for arrived := 0; arrived < papers; {
		n := min(papers-arrived, 1+rand.IntN(5))
		nudge, _ := w.arrive(who, n)
		teller.Nudge(context.Background(), []hub.Nudge{nudge})
		arrived += n
		for at, fault := range faults {
			if at > arrived {
				continue
			}
			delete(faults, at)
			if err := fault(); err != nil {
				w.Error(err)
			}
		}
	}
}

func TestHelloTellsWhereTheInboxIs(t *testing.T) {
	w := newWorld(t)
	n, who := w.node(""), w.person()
	n.connect(t, who, -1).hello(0, true).drop()
	w.arrive(who, 3)
	n.connect(t, who, 0).hello(3, true).notices(1, 3)
	n.connect(t, who, 2).hello(3, true).notices(3, 3)
	fresh := n.connect(t, who, -1).hello(3, true)
	beyond := n.connect(t, who, 9).hello(3, false)
	_, notices := w.arrive(who, 1)
	for _, c := range []*client{fresh, beyond} {
		f := c.next("notice")
		cover := hub.Cover{ID: notices[0], Number: notices[0].String(), Kind: "summons", OpeningMeans: "summons in fa",
			Branch: hub.BranchRef{ID: w.branch, Name: "شعبه نمونه"}, ArrivedAt: f.Notice.ArrivedAt}
		if f.Cursor != 4 || f.Notice != cover || time.Since(f.Notice.ArrivedAt) > time.Hour {
			t.Errorf("%+v, want %+v", f, cover)
		}
	}
	// From now on means that 1 to 3 were not nudged on that connection: the others had them.
	w.awaitReceipts(hub.EventConsignmentNotified, who, 4)
}

// A long absence comes in pages, and a notice whose channels leave the nudge out is passed over.
func TestPagesAndNoticesWithoutTheNudge(t *testing.T) {
	w := newWorld(t)
	n, who := w.node(""), w.person()
	w.arrive(who, 200)
	w.arrive(who, 1, "inbox", "sms")
	w.arrive(who, 1)
	c := n.connect(t, who, 0).hello(202, true)
	c.notices(1, 200)
	c.notices(202, 202)
	c.ack(202)
	w.awaitReceipts(hub.EventConsignmentNotified, who, 201)
	w.awaitReceipts(hub.EventNotificationDelivered, who, 201)
}

func TestTwoNodesTellOneAnother(t *testing.T) {
	w, redis := newWorld(t), pgtest.NewRedis(t)
	never := func(o *live.Options) { o.Poll = time.Hour }
	here, there := w.node(redis.Addr(), never), w.node(redis.Addr(), never)
	who := w.person()
	onBoth := []*client{here.connect(t, who, -1).hello(0, true), there.connect(t, who, -1).hello(0, true)}
	until(t, "the subscriptions", func() bool { return !here.Polling() && !there.Polling() })
	nudge, notices := w.arrive(who, 2)
	here.relay.Nudge(t.Context(), []hub.Nudge{nudge})
	for _, c := range onBoth {
		c.notices(1, 2)
		c.ack(2)
	}
	w.awaitReceipts(hub.EventConsignmentNotified, who, 2)
	w.awaitReceipts(hub.EventNotificationDelivered, who, 2)
	here.relay.Nudge(t.Context(), []hub.Nudge{{Recipient: who, Notice: notices[1], Update: true}})
	for _, c := range onBoth {
		if f := c.next("update"); f.Notice.ID != notices[1] {
			t.Errorf("update %+v", f)
		}
	}
}

// Redis gone for good: the store is asked once a poll, only for those who are connected.
func TestWithoutRedisTheStoreIsAsked(t *testing.T) {
	w, redis := newWorld(t), pgtest.NewRedis(t)
	n, who := w.node(redis.Addr()), w.person()
	c := n.connect(t, who, -1).hello(0, true)
	until(t, "the subscription", func() bool { return !n.Polling() })
	if err := redis.Stop(); err != nil {
		t.Fatal(err)
	}
	until(t, "polling", n.Polling)
	w.arrive(who, 1) // nobody nudges
	c.notices(1, 1)
	nudge, _ := w.arrive(who, 1)
	w.relay(redis.Addr(), nil).Nudge(t.Context(), []hub.Nudge{nudge}) // waits for Redis
	if err := redis.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	c.notices(2, 2)
	until(t, "nudges again", func() bool { return !n.Polling() })
}

// A nudge that Redis lost while everything looked well: the look that goes with each ping finds it.
func TestALostNudgeIsMadeUpFor(t *testing.T) {
	w := newWorld(t)
	n, who := w.node("", func(o *live.Options) { o.Ping = 500 * time.Millisecond }), w.person()
	n.Poll(false)
	c := n.connect(t, who, -1).hello(0, true)
	w.arrive(who, 1)
	c.notices(1, 1)
}

// The store away: who is connected waits, who connects waits for the hello, receipts stay owed.
func TestTheStoreAway(t *testing.T) {
	w := newWorld(t)
	n, who := w.node(""), w.person()
	c := n.connect(t, who, -1).hello(0, true)
	w.store.away.Store(true)
	w.arrive(who, 2)
	n.Notify([]hub.Nudge{{Recipient: who, Cursor: 2}})
	late := n.connect(t, who, 1)
	w.store.away.Store(false)
	late.hello(2, true).notices(2, 2)
	c.notices(1, 2)
	c.ack(2)
	w.awaitReceipts(hub.EventConsignmentNotified, who, 2)
	w.awaitReceipts(hub.EventNotificationDelivered, who, 2)
}

// An ack is lost with its connection. The client, back at another node, acknowledges again what it has: that counts once,
// for what the live channel showed it, and for nothing that it learnt elsewhere.
func TestAnAckThatWasLostIsSaidAgain(t *testing.T) {
	w := newWorld(t)
	who := w.person()
	w.arrive(who, 2) // while nobody is connected, and not asked for later
	one, other := w.node(""), w.node("")
	c := one.connect(t, who, 2).hello(2, true)
	w.arrive(who, 5)
	c.notices(3, 7)
	w.awaitReceipts(hub.EventConsignmentNotified, who, 5)
	w.store.deaf.Store(true)
	c.ack(6)
	c.drop()
	until(t, "the connection's end", func() bool { return one.Connections() == 0 && w.store.lost.Load() == 1 })
	w.store.deaf.Store(false)

	early := other.connect(t, who, 7)
	early.ack(4) // before the hello
	early.hello(7, true)
	w.awaitReceipts(hub.EventNotificationDelivered, who, 2)
	for _, cursor := range []int64{6, 3, 6} {
		early.ack(cursor)
	}
	w.awaitReceipts(hub.EventNotificationDelivered, who, 4)
	again := other.connect(t, who, 7).hello(7, true)
	again.ack(7)
	w.awaitReceipts(hub.EventNotificationDelivered, who, 5)
	w.awaitReceipts(hub.EventConsignmentNotified, who, 5)
	w.store.deaf.Store(true)
	w.arrive(who, 2)
	again.notices(8, 9)
	w.awaitReceipts(hub.EventConsignmentNotified, who, 7)
	again.ack(9) // lost too, and not said again: the next one says so
	again.drop()
	until(t, "the connections' end", func() bool { return other.Connections() == 1 && w.store.lost.Load() == 2 })
	w.store.deaf.Store(false)
	next := other.connect(t, who, 9).hello(9, true)
	w.arrive(who, 1)
	next.notices(10, 10)
	next.ack(10)
	w.awaitReceipts(hub.EventNotificationDelivered, who, 8)
	strange := other.connect(t, who, 19).hello(10, false)
	strange.ack(19)
	w.arrive(who, 1)
	strange.notices(11, 11)
	w.awaitReceipts(hub.EventConsignmentNotified, who, 9)
	w.awaitReceipts(hub.EventNotificationDelivered, who, 8)
}

// What is at hand is shown without being read, to all who miss that and nothing else; whatever else they miss is read.
func TestWhatIsAtHandIsNotRead(t *testing.T) {
	w := newWorld(t)
	n, who := w.node("", func(o *live.Options) { o.Poll = time.Hour }), w.person()
	first, second := n.connect(t, who, 0).hello(0, true), n.connect(t, who, 0).hello(0, true)
	arrive := func(number int) hub.Nudge {
		nudge, notices := w.arrive(who, number)
		nudge.Cover = &hub.LiveCover{Cursor: nudge.Cursor, Language: "fa", Cover: hub.Cover{ID: notices[number-1], Number: "at hand",
			Kind: "summons", ArrivedAt: time.Now()}}
		return nudge
	}
	nudge := arrive(1)
	n.Notify([]hub.Nudge{nudge})
	for _, c := range []*client{first, second} {
		if f := c.next("notice"); f.Cursor != 1 || f.Notice.Number != "at hand" || f.Notice.ID != nudge.Cover.Cover.ID || f.Notice.OpeningMeans == "" {
			t.Errorf("got %+v", f)
		}
	}
	if read := w.store.read.Load(); read != 0 {
		t.Errorf("%d spans were read", read)
	}
	n.Notify([]hub.Nudge{arrive(2), nudge}) // one of them was missed, and an old one comes late
	for cursor := int64(2); cursor <= 3; cursor++ {
		if f := first.next("notice"); f.Cursor != cursor || f.Notice.Number == "at hand" {
			t.Errorf("got %+v", f)
		}
	}
	second.notices(2, 3)
	n.Notify([]hub.Nudge{arrive(1)})
	if f := first.next("notice"); f.Cursor != 4 || f.Notice.Number != "at hand" {
		t.Errorf("got %+v", f)
	}
	w.awaitReceipts(hub.EventConsignmentNotified, who, 4)
}
