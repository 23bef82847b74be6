package endtoend

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"eblagh/channels/sms/smpp/smsctest"
)

// The keys are rotated while papers are handed over and read at two nodes, each with a key file of its own. The commands
// are killed in the middle, and both nodes while they rewrite. Nobody is missed or enrolled twice by their number at any
// moment, no paper is refused or unreadable, a shared phone is known as shared; afterwards everything opens under the
// new keys alone.
func TestKeysRotateUnderLoadAtTwoNodesThroughKills(t *testing.T) {
	in := newInstance(t, "api,worker,live,seal", "EBLAGH_OPENING_CONFIRM_WITHIN=1s")
	l := &rotation{instance: in, file: filepath.Join(in.dir, "data", "vault.key"), copied: filepath.Join(in.dir, "two.key"), stop: make(chan struct{}),
		people: enrol(t, in.dev.BaseURL, in.dev.Keys["office"], 8)}
	l.share()
	l.fill(2400)
	in.front.interrupt(40 * time.Second)
	before := l.keys()
	l.bring()
	centre := smsctest.New(t)
	centre.Password = centrePassword
	l.nodes = append(l.nodes, newNode(t, in, "one", program, centre.Addr()))
	settings := in.env
	in.env = append(slices.Clone(settings), "EBLAGH_VAULT_KEY_FILE="+l.copied)
	l.nodes = append(l.nodes, newNode(t, in, "two", program, centre.Addr()))
	in.env = settings
	for _, n := range l.nodes {
		eventually(t, time.Minute, n.ready, func() string { return "node " + n.name + " is not ready" })
	}

	l.load(l.handsOver, l.handsOver, l.reads, l.looksUp, l.enrols, l.opens)
	l.moves(20)
	l.killed("rotate")
	l.command("rotate")
	l.moves(20)
	l.bring()
	l.killed("promote")
	l.command("promote")
	for _, n := range l.nodes { // each dies while it, or the other, rewrites
		l.rewriting()
		n.kill()
	}
	l.moves(40)
	eventually(t, 2*time.Minute, func() bool { return in.count(`SELECT count(*) FROM vault_progress WHERE done_at IS NULL`) == 0 },
		func() string { return "the rewriting does not end" })
	l.killed("finish")
	l.command("finish")
	l.bring()
	l.moves(40)
	close(l.stop)
	l.hands.Wait()
	for _, w := range l.wrong {
		t.Error(w)
	}
	for _, n := range l.nodes {
		for _, misdeed := range n.misdeeds() {
			t.Error(misdeed)
		}
		n.stop()
		n.mu.Lock()
		n.over = true
		n.mu.Unlock()
	}

	after := l.keys()
	if len(after.seal) != 1 || len(after.Index) != 1 || slices.Contains(before.seal, after.seal[0]) || string(before.Index[0].Key) == string(after.Index[0].Key) {
		t.Errorf("the key file holds %v and %d index keys", after.seal, len(after.Index))
	}
	l.afterwards()
	t.Logf("%d papers handed over, %d read, %d people found, %d refused a second time, %d new ones, %d openings held back", l.handed.Load(),
		l.read.Load(), l.found.Load(), l.again.Load(), l.enrolled.Load(), l.held.Load())
}

// rotation is one, with the load that goes on through it.
type rotation struct {
	*instance
	file, copied string // the key files of the two nodes
	nodes        []*node
	people       []demoPerson
	shared       *caller // somebody whose phone is another's as well
	paper        string  // a paper of theirs
	stop         chan struct{}
	hands        sync.WaitGroup

	handed, read, found, again, enrolled, held atomic.Int64

	mu      sync.Mutex
	ids     map[string]string // of people, by national id
	notices []string
	wrong   []string
}

// share enrols two people on one phone, and serves a paper on one of them.
func (l *rotation) share() {
	office := l.as("office")
	for i := range 2 {
		p := demoPerson{NationalID: nationalID(770200001 + i), Mobile: "+989905550999", PersonalCode: "8351920440"}
		asked := time.Now()
		office.want(201, "POST", "/v1/recipients", map[string]string{"kind": "natural", "national_id": p.NationalID, "given_name": "نمونه",
			"family_name": "آزمون", "mobile": p.Mobile})
		newCaller(l.t, l.dev.BaseURL, "").want(204, "POST", "/v1/activation", map[string]string{"national_id": p.NationalID,
			"activation_code": code(l.t, l.dev.BaseURL, p.Mobile, asked, activationCode), "personal_code": p.PersonalCode})
		l.people = append(l.people, p)
	}
	of := l.people[len(l.people)-1]
	var made one
	l.as("court").want(201, "POST", "/v1/notices", paper("shared-1", of)).into(l.t, &made)
	l.shared, l.paper = signIn(l.t, l.dev.BaseURL, of), made.ID
	eventually(l.t, 30*time.Second, func() bool { return strings.Contains(string(l.shared.do("GET", "/v1/inbox", nil).body), made.ID) },
		func() string { return "the paper did not arrive" })
}

// fill hands over papers, so that there is something to rewrite, and notes who has which id.
func (l *rotation) fill(papers int) {
	for from := 0; from < papers; from += 400 {
		batch := make([]map[string]any, 400)
		for i := range batch {
			batch[i] = paper(reference("before", from+i), l.people[i%len(l.people)])
		}
		for _, r := range submitBatch(l.t, l.as("court"), fmt.Sprint("fill-", from), batch).Results {
			l.notices = append(l.notices, r.Notice.ID)
		}
	}
	l.ids = map[string]string{}
	for _, p := range l.people {
		var found one
		l.as("office").want(200, "POST", "/v1/recipients/lookup", map[string]string{"national_id": p.NationalID}).into(l.t, &found)
		l.ids[p.NationalID] = found.ID
	}
	l.drained(2 * time.Minute)
}

// bring copies the key file to the other machine.
func (l *rotation) bring() {
	l.t.Helper()
	text, err := os.ReadFile(l.file)
	l.must(err)
	l.must(os.WriteFile(l.copied+".new", text, 0o600))
	l.must(os.Rename(l.copied+".new", l.copied))
}

// load lets each hand work again and again until the end, at both nodes in turn.
func (l *rotation) load(hands ...func(at *caller, as map[string]string, round int)) {
	for h, work := range hands {
		l.hands.Go(func() {
			for round := h; ; round++ {
				select {
				case <-l.stop:
					return
				default:
				}
				at := newCaller(l.t, "http://"+l.nodes[round%2].door.addr(), "")
				at.http.Timeout = 20 * time.Second
				work(at, l.dev.Keys, round*len(hands)+h)
				at.http.CloseIdleConnections()
			}
		})
	}
}

// answered calls until the node answers, as whoever meets a node that is starting again does. Anything but the wanted
// status is noted. Whom a node enrolled that died before it kept its answer is enrolled, and that is what the next call is told.
func (l *rotation) answered(c *caller, want int, method, path string, body any, header ...string) (answer, bool) {
	for lost := false; ; {
		a, err := c.try(method, path, body, header...)
		lost = lost || err != nil
		switch {
		case lost && want == 201 && a.status == 409 && strings.Contains(string(a.body), "already-enrolled"):
			return a, true
		case err != nil, a.status == 503, a.status == 429, a.status == 409 && strings.Contains(string(a.body), "in-flight"):
			select {
			case <-l.stop:
				return a, false
			case <-time.After(20 * time.Millisecond): // as a caller waits
			}
			continue
		case a.status != want:
			l.note("%s %s: %d, want %d: %s", method, path, a.status, want, tail(string(a.body), 300))
			return a, false
		}
		return a, true
	}
}

func (l *rotation) note(format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.wrong) < 10 {
		l.wrong = append(l.wrong, fmt.Sprintf(format, args...))
	}
}

func (l *rotation) handsOver(at *caller, keys map[string]string, round int) {
	at.key = keys["court"]
	a, ok := l.answered(at, 201, "POST", "/v1/notices", paper(reference("during", round), l.people[round%len(l.people)]),
		"Idempotency-Key", reference("during", round))
	var made one
	if ok && json.Unmarshal(a.body, &made) == nil {
		l.handed.Add(1)
		l.mu.Lock()
		l.notices = append(l.notices, made.ID)
		l.mu.Unlock()
	}
}

func (l *rotation) reads(at *caller, keys map[string]string, round int) {
	l.mu.Lock()
	id := l.notices[(round*7919)%len(l.notices)]
	l.mu.Unlock()
	at.key = keys["court"]
	if a, ok := l.answered(at, 200, "GET", "/v1/notices/"+id, nil); ok {
		if l.read.Add(1); !strings.Contains(string(a.body), secretSubject) || !strings.Contains(string(a.body), secretBody) {
			l.note("notice %s does not say what it said: %s", id, a.body)
		}
	}
}

func (l *rotation) looksUp(at *caller, keys map[string]string, round int) {
	p := l.people[round%len(l.people)]
	at.key = keys["office"]
	var found one
	if a, ok := l.answered(at, 200, "POST", "/v1/recipients/lookup", map[string]string{"national_id": p.NationalID}); ok {
		if l.found.Add(1); json.Unmarshal(a.body, &found) != nil || found.ID != l.ids[p.NationalID] {
			l.note("%s is %s, not %s", p.NationalID, found.ID, l.ids[p.NationalID])
		}
	}
}

// enrols new people, and those who are enrolled a second time, which must be seen.
func (l *rotation) enrols(at *caller, keys map[string]string, round int) {
	at.key = keys["office"]
	body := map[string]string{"kind": "natural", "national_id": l.people[round%len(l.people)].NationalID, "given_name": "نمونه",
		"family_name": "آزمون", "mobile": fmt.Sprintf("+98990556%04d", round%10000)}
	if _, ok := l.answered(at, 409, "POST", "/v1/recipients", body); ok {
		l.again.Add(1)
	}
	body["national_id"] = nationalID(770300000 + round)
	if _, ok := l.answered(at, 201, "POST", "/v1/recipients", body, "Idempotency-Key", reference("enrol", round)); ok {
		l.enrolled.Add(1)
	}
	if _, ok := l.answered(at, 409, "POST", "/v1/recipients", body); ok {
		l.again.Add(1)
	}
}

// opens tries the paper of who shares a phone: as long as the other is found by the number, it asks for a proof first.
func (l *rotation) opens(at *caller, _ map[string]string, _ int) {
	at.http.Jar = l.shared.http.Jar
	if _, ok := l.answered(at, 403, "POST", "/v1/inbox/"+l.paper+"/open", map[string]any{}); ok {
		l.held.Add(1)
	}
}

// moves waits until each hand has done so much more, or something is wrong.
func (l *rotation) moves(more int64) {
	l.t.Helper()
	counts := []*atomic.Int64{&l.handed, &l.read, &l.found, &l.again, &l.enrolled, &l.held}
	var goals []int64
	for _, c := range counts {
		goals = append(goals, c.Load()+more)
	}
	eventually(l.t, 2*time.Minute, func() bool {
		for i, c := range counts {
			if c.Load() < goals[i] {
				l.mu.Lock()
				wrong := len(l.wrong) > 0
				l.mu.Unlock()
				return wrong
			}
		}
		return true
	}, func() string { return "the work at the nodes stands still" })
}

// rewriting waits until some of the rows are rewritten and others are not.
func (l *rotation) rewriting() {
	l.t.Helper()
	const some = `SELECT count(*) FROM vault_progress WHERE rows > 0`
	at := l.count(`SELECT coalesce(sum(rows), 0) FROM vault_progress`)
	eventually(l.t, time.Minute, func() bool {
		return l.count(some) > 0 && l.count(`SELECT coalesce(sum(rows), 0) FROM vault_progress`) > at
	}, func() string { return "nothing is rewritten" })
	if l.count(`SELECT count(*) FROM vault_progress WHERE done_at IS NULL`) == 0 {
		l.t.Error("all was rewritten before anything could be killed")
	}
}

// killed begins a command several times and kills it, each time a little later.
func (l *rotation) killed(command string) {
	l.t.Helper()
	for i := range 6 {
		cmd := exec.Command(program, "vault", command)
		cmd.Env = append(os.Environ(), l.env...)
		l.must(cmd.Start())
		timer := time.AfterFunc(time.Duration(i)*12*time.Millisecond, func() { _ = cmd.Process.Signal(syscall.SIGKILL) })
		_ = cmd.Wait()
		timer.Stop()
	}
}

// command runs one until it has done what it is for, or one that was killed had.
func (l *rotation) command(command string) {
	l.t.Helper()
	said := ""
	eventually(l.t, 90*time.Second, func() bool {
		cmd := exec.Command(program, "vault", command)
		cmd.Env = append(os.Environ(), l.env...)
		out, err := cmd.CombinedOutput()
		said = string(out)
		done := command == "promote" && strings.Contains(said, "no key is coming") && l.count(`SELECT count(*) FROM vault_keys WHERE state = 'old'`) > 0 ||
			command == "finish" && strings.Contains(said, "there is nothing to finish")
		return err == nil || done
	}, func() string { return command + ": " + said })
}

// keyFile is what the file of the keys holds.
type keyFile struct {
	Seal  json.RawMessage
	Index []struct{ Key []byte }
	seal  []int64
}

func (l *rotation) keys() (k keyFile) {
	l.t.Helper()
	text, err := os.ReadFile(l.file)
	l.must(err)
	l.must(json.Unmarshal(text, &k))
	var set struct {
		Key []struct {
			KeyID int64 `json:"keyId"`
		}
	}
	l.must(json.Unmarshal(k.Seal, &set))
	for _, key := range set.Key {
		k.seal = append(k.seal, key.KeyID)
	}
	return k
}

// afterwards starts the hub anew, with the new keys alone: everybody is found, signs in and reads, and every paper opens.
func (l *rotation) afterwards() {
	l.t.Helper()
	for query, want := range map[string]int64{
		`SELECT count(*) FROM vault_progress WHERE failed > 0 OR done_at IS NULL`: 0,
		`SELECT count(*) FROM vault_keys WHERE state IN ('old', 'coming')`:        0,
		`SELECT count(*) FROM vault_keys WHERE state = 'primary'`:                 2,
	} {
		if n := l.count(query); n != want {
			l.t.Errorf("%d, want %d: %s", n, want, query)
		}
	}
	l.startFront("api,worker,live,seal")
	court := l.as("court")
	for i, id := range l.notices {
		if i%10 > 0 {
			continue
		}
		if a := court.want(200, "GET", "/v1/notices/"+id, nil); !strings.Contains(string(a.body), secretBody) {
			l.t.Errorf("notice %s: %s", id, a.body)
		}
	}
	for _, p := range l.people {
		var found one
		l.as("office").want(200, "POST", "/v1/recipients/lookup", map[string]string{"national_id": p.NationalID}).into(l.t, &found)
		if found.ID != l.ids[p.NationalID] {
			l.t.Errorf("%s is %s", p.NationalID, found.ID)
		}
	}
	c := signIn(l.t, l.dev.BaseURL, l.people[0])
	list := inbox(l.t, c)
	if len(list) == 0 {
		l.t.Fatal("the inbox is empty")
	}
	if a := c.want(200, "POST", "/v1/inbox/"+list[0].Notice.ID+"/open", map[string]any{}); !strings.Contains(string(a.body), secretBody) {
		l.t.Errorf("opening says %s", a.body)
	}
}
