package postgres_test

import (
	"context"
	"sync"
	"testing"

	"eblagh/hub"
)

const liveReceipts = `SELECT count(*) FROM receipts WHERE channel = 'live' AND event = $1`

// EN 319 522-1 D.3 and NotificationDelivered: once per notice, whatever is repeated, at once or one after the other.
func TestLiveReceiptsAreWrittenOnce(t *testing.T) {
	w := newWorld(t)
	a, b := w.someone(), w.someone()
	w.submit(papers("live", 20, a, b)...)
	w.deliver()
	ctx := context.Background()
	var all sync.WaitGroup
	for _, spans := range [][]hub.Span{
		{{Recipient: a, After: 4, Through: 10}, {Recipient: b, After: 0, Through: 3}},
		{{Recipient: b, After: 2, Through: 10}, {Recipient: a, After: 2, Through: 6}, {Recipient: a, After: 5, Through: 10}},
		{{Recipient: a, After: 0, Through: 3}}, // below the mark of the others, and still without a receipt
	} {
		for range 3 {
			all.Go(func() {
				if err := w.db.Nudged(ctx, spans); err != nil {
					t.Error(err)
				}
			})
		}
	}
	all.Wait()
	w.wantCount(20, liveReceipts, "ConsignmentNotification")
	w.wantCount(20, `SELECT count(DISTINCT notice) FROM receipts r JOIN inbox i USING (notice, recipient)
		WHERE channel = 'live' AND at >= i.arrived_at AND actor_kind = 'system' AND details -> 'parts' ->> 'subject' <> ''`)
	w.wantCount(2, `SELECT count(*) FROM inbox_cursors WHERE nudged = last AND acked = 0`)
	for range 2 {
		for _, spans := range [][]hub.Span{{{Recipient: a, After: 6, Through: 8}}, {{Recipient: a, After: 3, Through: 7}}} {
			if err := w.db.Acked(ctx, spans); err != nil {
				t.Fatal(err)
			}
		}
	}
	w.wantCount(5, `SELECT count(DISTINCT notice) FROM receipts JOIN inbox i USING (notice, recipient)
		WHERE event = 'NotificationDelivered' AND actor_kind = 'self' AND actor = recipient AND auth = 'session'
		AND i.cursor BETWEEN 4 AND 8`)
	w.wantCount(5, liveReceipts, "NotificationDelivered")
	w.wantCount(1, `SELECT count(*) FROM inbox_cursors WHERE acked = 8`)
}

func TestLiveCoversAreOfEachSpan(t *testing.T) {
	w := newWorld(t)
	a, b := w.someone(), w.someone()
	quiet := paper("no live", a)
	quiet.Channels = []hub.Channel{hub.ChannelInbox, hub.ChannelSMS}
	w.submit(papers("before", 2, a)...)
	w.deliver()
	w.submit(quiet)
	w.deliver()
	w.submit(papers("after", 4, a, b)...)
	w.deliver()
	ctx := context.Background()
	heads, err := w.db.Heads(ctx, []hub.ID{a, b, w.someone()})
	if err != nil || len(heads) != 2 || heads[a].Last != 5 || heads[b].Last != 2 {
		t.Fatalf("heads %v, %v", heads, err)
	}
	pages, err := w.db.LiveCovers(ctx, []hub.Span{
		{Recipient: b, After: 0, Through: 2}, {Recipient: a, After: 0, Through: 4}, {Recipient: a, After: 4, Through: 4},
		{Recipient: a, After: 0, Through: 5},
	}, 3)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range [][]int64{{1, 2}, {1, 2, 4}, nil, {1, 2, 4}} {
		if len(pages[i]) != len(want) {
			t.Errorf("span %d has %d covers, want %d", i, len(pages[i]), len(want))
			continue
		}
		for j, l := range pages[i] {
			if l.Cursor != want[j] || l.Language != "fa" || l.Cover.OpeningMeans != "" || l.Cover.Branch.Name != "demo" {
				t.Errorf("span %d: %+v", i, l)
			}
			w.wantCount(1, `SELECT count(*) FROM inbox i JOIN notices n ON n.id = i.notice WHERE i.cursor = $1 AND n.id = $2
				AND n.number = $3 AND n.kind = $4 AND i.arrived_at = $5 AND n.recipient = $6`, l.Cursor, l.Cover.ID.String(),
				l.Cover.Number, string(l.Cover.Kind), l.Cover.ArrivedAt, []hub.ID{b, a, a, a}[i].String())
		}
	}
	// What the channels do not permit leaves no receipt of a nudge.
	if err := w.db.Nudged(ctx, []hub.Span{{Recipient: a, After: 0, Through: 5}}); err != nil {
		t.Fatal(err)
	}
	w.wantCount(4, liveReceipts, "ConsignmentNotification")
}
