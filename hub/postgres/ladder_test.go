package postgres_test

import (
	"context"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	"eblagh/hub"
	"eblagh/hub/dispatch"
	"eblagh/hub/hubtest"
	"eblagh/hub/ladder"
	"eblagh/hub/postgres"
)

// climbing is a world whose papers are followed by the Iranian ladder.
func climbing(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	w.climbWith(w.db)
	return w
}

// ladderOn is another process's ladder on a store.
func (w *world) ladderOn(store ladder.Store) *ladder.Ladder {
	w.Helper()
	book, err := ladder.Load(os.DirFS("../../config/ladders"))
	if err != nil {
		w.Fatal(err)
	}
	l, err := ladder.New(ladder.Options{Store: store, Vault: w.vault, Book: book, Clock: hub.SystemClock})
	if err != nil {
		w.Fatal(err)
	}
	return l
}

// climbWith makes the world's own dispatcher climb through a store.
func (w *world) climbWith(store ladder.Store) *ladder.Ladder {
	l := w.ladderOn(store)
	w.o.Ladder = l
	w.Dispatcher = w.dispatcher(nil)
	return l
}

// days moves the hub's clock and does all that became due by then.
func (w *world) days(n int) *ladder.Ladder {
	w.Helper()
	w.later(fmt.Sprint(n, " days 1 minute"))
	l := w.climbWith(w.db)
	w.reconcile()
	return l
}

func (w *world) reconcile() {
	w.Helper()
	if err := w.Reconcile(context.Background()); err != nil {
		w.Fatal(err)
	}
}

// addressed is an enrolled person who can be found.
func (w *world) addressed() hub.ID {
	id := w.someone()
	w.exec(`UPDATE contacts SET address_ct = $2 WHERE person = $1`, id.String(),
		w.vault.SealText("demo street 1", "contacts.address:"+id.String()))
	return id
}

// officer is a service officer of an organisation.
func (w *world) officer(organisation hub.ID) hub.ID {
	id := w.someone()
	w.exec(`INSERT INTO grants (id, person, role, organisation) VALUES ($1, $2, 'service_officer', $3)`,
		newID().String(), id.String(), organisation.String())
	return id
}

// sent makes every text under way end as delivered to the handset.
func (w *world) sent() {
	w.Helper()
	w.deliver()
	w.exec(`UPDATE deliveries SET status = 'delivered', due_at = NULL WHERE status = 'sent'`)
}

func kinds(kind hub.Kind, all []dispatch.Paper) []dispatch.Paper {
	for i := range all {
		all[i].Kind = kind
	}
	return all
}

// A paper that nobody opens climbs rung by rung, each once, each with its receipts.
func TestLadderToTheOfficer(t *testing.T) {
	w := climbing(t)
	w.officer(w.branch)
	n := w.submit(paper("climbs", w.addressed()))[0]
	w.sent()
	w.reconcile()
	w.wantCount(1, `SELECT count(*) FROM timers WHERE kind = 'ladder' AND rung = 'second_sms' AND ladder = 'ir.1' AND fired_at IS NULL
		AND due_at = (SELECT arrived_at + interval '3 days' FROM inbox WHERE notice = $1)`, n.ID.String())
	w.wantCount(1, `SELECT count(*) FROM deliveries WHERE channel = 'sms'`)

	w.days(3)
	w.wantCount(1, `SELECT count(*) FROM deliveries d JOIN rungs r ON r.delivery = d.id AND r.notice = d.notice
		WHERE r.name = 'second_sms' AND d.status = 'pending' AND d.attempts = 0 AND d.replays IS NULL`)
	w.sent()
	w.reconcile()
	w.wantCount(2, `SELECT count(*) FROM receipts WHERE event = 'ConsignmentNotification' AND notice = $1`, n.ID.String())
	w.wantCount(0, `SELECT count(*) FROM officer_tasks`)

	w.days(10)
	w.wantCount(1, `SELECT count(*) FROM officer_tasks t JOIN rungs r ON r.task = t.id WHERE r.name = 'paper' AND t.state = 'open'
		AND t.organisation = $1 AND t.notice = $2 AND t.due_at = t.created_at + interval '2 days'`, w.branch.String(), n.ID.String())
	w.wantCount(1, `SELECT count(*) FROM receipts r JOIN officer_tasks t ON t.id::text = r.details ->> 'task'
		WHERE r.event = 'RelayToNonERDS' AND r.rule = 'ladder.ir' AND r.rule_version = '1' AND r.actor_kind = 'system'
		AND r.details -> 'parts' ->> 'subject' <> '' AND r.at = t.created_at`)
	w.wantCount(0, `SELECT count(*) FROM timers WHERE fired_at IS NULL OR stopped IS NOT NULL`)
	w.days(400)
	w.wantCount(2, `SELECT count(*) FROM rungs`)
	w.wantCount(2, `SELECT count(*) FROM deliveries WHERE channel = 'sms'`)
}

// What a paper's channels leave out does not run, nor a rung that its kind does not have.
func TestLadderKeepsToChannelsAndKinds(t *testing.T) {
	w := climbing(t)
	w.officer(w.branch)
	to := w.addressed()
	quiet, fee := paper("quiet", to), paper("fee", to)
	quiet.Channels, fee.Kind = []hub.Channel{hub.ChannelInbox}, "fee_notice"
	w.submit(quiet, fee)
	w.sent()
	w.days(3)
	w.sent()
	w.days(30)
	w.wantCount(0, `SELECT count(*) FROM deliveries d JOIN notices n ON n.id = d.notice WHERE n.reference = 'quiet' AND d.channel = 'sms'`)
	w.wantCount(1, `SELECT count(*) FROM rungs r JOIN notices n ON n.id = r.notice WHERE n.reference = 'quiet' AND r.name = 'paper'`)
	w.wantCount(1, `SELECT count(*) FROM rungs r JOIN notices n ON n.id = r.notice WHERE n.reference = 'fee' AND r.name = 'second_sms'`)
	w.wantCount(2, `SELECT count(*) FROM rungs`)
}

// E.1 stops the ladder wherever it stands, and takes an officer's task back with its receipt.
func TestOpeningStopsTheLadder(t *testing.T) {
	w := climbing(t)
	w.officer(w.branch)
	to := w.addressed()
	early, late := w.submit(paper("early", to))[0], w.submit(paper("late", to))[0]
	w.sent()
	open := func(n hub.ID) {
		t.Helper()
		for range 2 {
			if _, err := w.Open(context.Background(), citizen(to), n); err != nil {
				t.Fatal(err)
			}
		}
	}
	open(early.ID)
	w.wantCount(1, `SELECT count(*) FROM timers WHERE notice = $1 AND stopped = 'opened' AND fired_at IS NOT NULL`, early.ID.String())
	w.days(3)
	w.sent()
	w.days(10)
	w.wantCount(1, `SELECT count(*) FROM officer_tasks WHERE notice = $1 AND state = 'open'`, late.ID.String())
	open(late.ID)
	w.wantCount(1, `SELECT count(*) FROM officer_tasks WHERE state = 'withdrawn' AND reason = 'opened'`)
	w.wantCount(1, `SELECT count(*) FROM receipts WHERE event = 'eblagh:RelayWithdrawn' AND reason = 'opened' AND notice = $1`, late.ID.String())
	w.wantCount(0, `SELECT count(*) FROM rungs WHERE notice = $1`, early.ID.String())
	w.wantCount(2, `SELECT count(*) FROM receipts WHERE event = 'ContentHandover'`)
}

// The ladder of a corrected paper stops when its correction arrives, which has its own; until then it waits.
func TestCorrectionStopsTheLadder(t *testing.T) {
	w := climbing(t)
	w.officer(w.branch)
	to := w.addressed()
	first, kept := w.submit(paper("first", to))[0], w.submit(paper("kept", to))[0]
	w.sent()
	w.days(3)
	w.sent()
	later := paper("second", to)
	later.NotBefore = time.Now().Add(12 * 24 * time.Hour)
	second := w.correct(first.ID, later)
	w.days(10)
	w.wantCount(1, `SELECT count(*) FROM officer_tasks WHERE notice = $1`, kept.ID.String())
	w.wantCount(1, `SELECT count(*) FROM timers WHERE notice = $1 AND fired_at IS NULL AND due_at > hub_now()`, first.ID.String())
	third := w.correct(kept.ID, paper("third", to))
	w.sent() // the third arrives: the task of what it corrects is withdrawn
	w.wantCount(1, `SELECT count(*) FROM officer_tasks WHERE notice = $1 AND state = 'withdrawn' AND reason = 'corrected'`, kept.ID.String())
	w.wantCount(1, `SELECT count(*) FROM receipts WHERE event = 'eblagh:RelayWithdrawn' AND reason = 'corrected' AND notice = $1`, kept.ID.String())
	w.days(13)
	w.sent()
	w.wantCount(1, `SELECT count(*) FROM timers WHERE notice = $1 AND rung = 'paper' AND stopped = 'corrected'`, first.ID.String())
	w.wantCount(2, `SELECT count(*) FROM timers WHERE notice IN ($1, $2) AND rung = 'second_sms'`, second.ID.String(), third.ID.String())
	w.wantCount(1, `SELECT count(*) FROM officer_tasks`)
}

// A second text never goes beside a first that is still under way or unknown, and none to a paper that has expired.
func TestSecondTextWaitsForTheFirst(t *testing.T) {
	w := climbing(t)
	to := w.someone()
	old := paper("old", to)
	old.ExpiresAt = time.Now().Add(2 * 24 * time.Hour)
	w.submit(paper("slow", to), old)
	w.deliver() // accepted by the provider; the report is to come
	w.later("3 days 1 minute")
	if err := w.climbWith(w.db).Fire(context.Background()); err != nil {
		t.Fatal(err)
	}
	w.wantCount(1, `SELECT count(*) FROM timers WHERE fired_at IS NULL AND kind = 'ladder' AND due_at > hub_now()`)
	w.wantCount(1, `SELECT count(*) FROM timers WHERE stopped = 'expired'`)
	w.wantCount(0, `SELECT count(*) FROM rungs`)
	w.exec(`UPDATE deliveries SET status = 'failed', due_at = NULL WHERE status = 'sent'`)
	w.later("3 days 2 hours")
	if err := w.climbWith(w.db).Fire(context.Background()); err != nil {
		t.Fatal(err)
	}
	w.wantCount(1, `SELECT count(*) FROM rungs WHERE name = 'second_sms'`)
}

// F.2: nobody can carry it, and the receipt says why.
func TestPaperThatNobodyCanCarry(t *testing.T) {
	w := climbing(t)
	away := w.addressed()
	w.exec(`UPDATE persons SET residence = 'abroad' WHERE id = $1`, away.String())
	officer := w.officer(w.branch)
	w.exec(`UPDATE contacts SET address_ct = 'x' WHERE person = $1`, officer.String())
	reasons := map[hub.ID]string{w.someone(): "no_address", away: "abroad", officer: "no_officer"} // nobody serves themselves
	for to := range reasons {
		p := paper(to.String(), to)
		p.Channels = []hub.Channel{hub.ChannelInbox}
		w.submit(p)
	}
	w.deliver()
	w.days(10)
	for to, why := range reasons {
		w.wantCount(1, `SELECT count(*) FROM receipts WHERE event = 'RelayToNonERDSFailure' AND recipient = $1 AND reason = $2`, to.String(), why)
		w.wantCount(1, `SELECT count(*) FROM rungs r JOIN notices n ON n.id = r.notice WHERE n.recipient = $1 AND r.reason = $2`, to.String(), why)
	}
	w.wantCount(0, `SELECT count(*) FROM officer_tasks`)
}

// Each rung fires once on however many nodes, while people open what fires; nothing that was opened before is told again.
func TestRungsOnSeveralNodes(t *testing.T) {
	w := climbing(t)
	w.officer(w.branch)
	people := []hub.ID{w.addressed(), w.addressed(), w.addressed()}
	notices := w.submit(append(papers("a", 120, people...), kinds("fee_notice", papers("b", 60, people...))...)...)
	w.sent()
	for _, day := range []int{3, 10} {
		w.later(fmt.Sprint(day, " days 1 minute"))
		var nodes sync.WaitGroup
		for range 3 {
			l := w.ladderOn(w.db)
			nodes.Go(func() {
				if err := l.Fire(context.Background()); err != nil {
					t.Error(err)
				}
			})
		}
		nodes.Go(func() {
			for _, n := range notices[day : day+20] {
				if _, err := w.Open(context.Background(), citizen(n.Recipient), n.ID); err != nil {
					t.Error(err)
				}
			}
		})
		nodes.Wait()
		w.climbWith(w.db)
		w.reconcile() // what was locked
		w.sent()
	}
	w.wantCount(0, `SELECT count(*) FROM timers WHERE kind = 'ladder' AND fired_at IS NULL AND due_at <= hub_now()`)
	w.wantCount(0, `SELECT count(*) FROM rungs r LEFT JOIN deliveries d ON d.id = r.delivery LEFT JOIN officer_tasks t ON t.id = r.task
		WHERE d.id IS NULL AND t.id IS NULL`)
	w.wantCount(w.count(`SELECT count(*) FROM rungs WHERE delivery IS NOT NULL`)+180, `SELECT count(*) FROM deliveries WHERE channel = 'sms'`)
	w.wantCount(0, `SELECT count(*) FROM rungs r JOIN opens o ON o.notice = r.notice WHERE r.at > o.opened_at`)
	w.wantCount(0, `SELECT count(*) FROM officer_tasks t JOIN opens o ON o.notice = t.notice WHERE t.state <> 'withdrawn'`)
	w.wantCount(w.count(`SELECT count(*) FROM officer_tasks`), `SELECT count(*) FROM receipts WHERE event = 'RelayToNonERDS'`)
	w.wantCount(w.count(`SELECT count(*) FROM officer_tasks WHERE state = 'withdrawn'`),
		`SELECT count(*) FROM receipts WHERE event = 'eblagh:RelayWithdrawn'`)
	if n := w.count(`SELECT count(*) FROM officer_tasks`); n < 80 || n > 120 {
		t.Errorf("%d tasks of 120 papers, at most 40 of them opened", n)
	}
}

// A step that fails, or took effect and nobody was told, or hangs: repeated, every rung has fired once.
func TestFireBroken(t *testing.T) {
	for _, fault := range []hubtest.Fault{hubtest.Fails, hubtest.TookHold, hubtest.Hangs} {
		t.Run(string(fault), func(t *testing.T) {
			w := climbing(t)
			w.officer(w.branch)
			w.submit(papers("x", 5, w.addressed(), w.addressed())...)
			w.sent()
			for _, day := range []int{3, 10} {
				w.later(fmt.Sprint(day, " days 1 minute"))
				broken := w.ladderOn(&hubtest.Ladder{Store: w.db, At: func(string) hubtest.Fault { return fault }})
				limited, cancel := context.WithTimeout(context.Background(), 200*time.Millisecond)
				if err := broken.Fire(limited); err == nil {
					t.Error("the node was told that it worked")
				}
				cancel()
				w.climbWith(w.db)
				w.reconcile()
				w.sent()
			}
			w.wantCount(5, `SELECT count(*) FROM rungs WHERE name = 'second_sms'`)
			w.wantCount(10, `SELECT count(*) FROM deliveries WHERE channel = 'sms'`)
			w.wantCount(5, `SELECT count(*) FROM officer_tasks`)
			w.wantCount(5, `SELECT count(*) FROM receipts WHERE event = 'RelayToNonERDS'`)
			w.wantCount(0, `SELECT count(*) FROM timers WHERE kind = 'ladder' AND fired_at IS NULL`)
		})
	}
}

// A clock that jumps ahead and back fires nothing twice; what became due while nobody looked comes in order.
func TestClockJumps(t *testing.T) {
	w := climbing(t)
	w.officer(w.branch)
	w.submit(papers("jump", 3, w.addressed())...)
	w.sent()
	for _, day := range []int{20, 0, 20, 1} {
		w.days(day)
		w.sent()
	}
	w.wantCount(3, `SELECT count(*) FROM rungs WHERE name = 'second_sms'`)
	w.wantCount(3, `SELECT count(*) FROM rungs WHERE name = 'paper'`)
	w.wantCount(0, `SELECT count(*) FROM rungs s JOIN rungs p ON p.notice = s.notice AND p.name = 'paper' AND s.name = 'second_sms' WHERE p.at < s.at`)
	w.wantCount(6, `SELECT count(*) FROM deliveries WHERE channel = 'sms'`)
}

// A timer of an edition that this program does not know is left to one that does.
func TestForeignEditionIsLeftAlone(t *testing.T) {
	w := climbing(t)
	w.submit(paper("foreign", w.someone()))
	w.sent()
	w.exec(`UPDATE timers SET ladder = 'ir.2' WHERE kind = 'ladder'`)
	w.days(30)
	w.wantCount(1, `SELECT count(*) FROM timers WHERE ladder = 'ir.2' AND fired_at IS NULL`)
}

var _ dispatch.Ladder = (*ladder.Ladder)(nil)
var _ ladder.Store = (*postgres.DB)(nil)

// A court that will not wait gives the paper to the officers at once: once, by whoever asks first, and never what was
// opened, did not arrive, or is of a kind that nobody carries.
func TestHandOver(t *testing.T) {
	w := climbing(t)
	ctx := context.Background()
	w.officer(w.branch)
	to := w.addressed()
	fee := paper("fee", to)
	fee.Kind = "fee_notice"
	notices := w.submit(paper("now", to), paper("opened", to), fee)
	hand := func(n hub.Notice, want hub.Code) {
		t.Helper()
		if err := w.o.Ladder.(*ladder.Ladder).HandOver(ctx, w.court(), n.ID); hub.CodeOf(err) != want {
			t.Errorf("%v, want %q", err, want)
		}
	}
	hand(notices[0], hub.CodeWrongState)
	w.sent()
	if _, err := w.Open(ctx, citizen(to), notices[1].ID); err != nil {
		t.Fatal(err)
	}
	hand(notices[1], hub.CodeWrongState)
	hand(notices[2], hub.CodeWrongState)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			err := w.ladderOn(w.db).HandOver(ctx, w.court(), notices[0].ID)
			if code := hub.CodeOf(err); code != "" && code != hub.CodeWrongState {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	w.reconcile()
	hand(notices[0], hub.CodeWrongState)
	w.wantCount(1, `SELECT count(*) FROM officer_tasks WHERE state = 'open' AND notice = $1`, notices[0].ID.String())
	w.wantCount(1, `SELECT count(*) FROM receipts WHERE event = 'RelayToNonERDS'`)
	w.days(3) // the second text still has its day
	w.sent()
	w.days(10)
	w.wantCount(1, `SELECT count(*) FROM officer_tasks`)
	w.wantCount(1, `SELECT count(*) FROM rungs WHERE name = 'second_sms' AND notice = $1`, notices[0].ID.String())
	// Swept timers are no memory of what was climbed: the rungs are.
	w.exec(`UPDATE timers SET fired_at = NULL, stopped = NULL WHERE kind = 'ladder'`)
	w.days(20)
	w.wantCount(1, `SELECT count(*) FROM officer_tasks`)
	w.wantCount(0, `SELECT count(*) FROM timers WHERE fired_at IS NULL AND due_at <= hub_now()`)
	stranger := w.court()
	stranger.Grants[0].Organisation = w.organisation("branch")
	if err := w.o.Ladder.(*ladder.Ladder).HandOver(ctx, stranger, notices[0].ID); hub.CodeOf(err) != hub.CodeNotFound {
		t.Errorf("another court: %v", err)
	}
}
