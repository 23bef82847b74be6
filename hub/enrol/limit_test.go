package enrol_test

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"eblagh/hub"
	"eblagh/hub/enrol"
)

// known is a device from which sara has signed in.
func (w *world) known(device byte) enrol.Origin {
	w.t.Helper()
	at := enrol.Origin{Address: fmt.Sprintf("203.0.113.%d", device), Device: hub.ID{device}}
	challenge, err := w.BeginSignIn(w.t.Context(), "0076229645", saraCode, at)
	if err != nil {
		w.t.Fatal(err)
	}
	if _, err := w.FinishSignIn(w.t.Context(), challenge, w.vault.Code(challenge, 6), at); err != nil {
		w.t.Fatal(err)
	}
	return at
}

// guess tries wrong personal codes until there is no room, and says how many got through.
func (w *world) guess(nationalID string, at enrol.Origin, most int) int {
	w.t.Helper()
	for n := range most {
		_, err := w.BeginSignIn(w.t.Context(), nationalID, "1029384756", at)
		if hub.CodeOf(err) == hub.CodeRateLimited {
			return n
		}
		if err != nil {
			w.t.Fatal(err)
		}
	}
	return most
}

// Nobody can lock somebody else out: when strangers on many addresses have used up what there is for strangers, each
// address has a little left, so that the person gets in from a new device as well. From where they signed in before they
// go on as ever; a stranger's cookie of another device, or the person's device for another person, is a stranger's.
func TestStrangersCannotLockAPersonOut(t *testing.T) {
	w := newWorld(t)
	w.enrolled(sara(), saraCode)
	own := w.known(1)
	if n := w.guess("0076229645", from(1), 100); n != 10 {
		t.Errorf("%d tries from one address, want 10", n)
	}
	through := 0
	for i := 2; i < 7; i++ {
		through += w.guess("0076229645", from(i), 100)
	}
	if through != 50 {
		t.Errorf("%d tries from five more addresses, want 50", through)
	}
	for i := 7; i < 12; i++ {
		if n := w.guess("0076229645", from(i), 100); n != 5 {
			t.Errorf("%d tries from one more address, want 5", n)
		}
	}
	for name, at := range map[string]enrol.Origin{"another device": {Address: "198.51.100.99", Device: hub.ID{2}}, "the person's own device": own} {
		challenge, err := w.BeginSignIn(t.Context(), "0076229645", saraCode, at)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if _, err := w.FinishSignIn(t.Context(), challenge, w.vault.Code(challenge, 6), at); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if n := w.guess("0013542419", own, 20); n != 10 {
		t.Errorf("%d tries at another person from there, want 10", n)
	}
}

// A full bucket delays, and says for how long; it never locks.
func TestDelaysEnd(t *testing.T) {
	w := newWorld(t)
	w.enrolled(sara(), saraCode)
	w.guess("0076229645", here, 100)
	_, err := w.BeginSignIn(t.Context(), "0076229645", saraCode, here)
	refused := &hub.Error{}
	if !errors.As(err, &refused) || refused.After <= 0 || refused.After > 5*time.Minute {
		t.Fatalf("refused with %+v", err)
	}
	w.later(refused.After + time.Second)
	if _, err := w.BeginSignIn(t.Context(), "0076229645", saraCode, here); err != nil {
		t.Errorf("after the delay: %v", err)
	}
}

// Who does not exist is delayed like who does: neither the answers nor their number tell.
func TestDelaysTellNothing(t *testing.T) {
	w := newWorld(t)
	w.enrolled(sara(), saraCode)
	tries := func(nationalID string) (list []string) {
		for range 12 {
			challenge, err := w.BeginSignIn(t.Context(), nationalID, "1029384756", here)
			list = append(list, string(hub.CodeOf(err)))
			if err == nil && len(list) < 4 {
				_, err = w.FinishSignIn(t.Context(), challenge, "000000", here)
				list = append(list, string(hub.CodeOf(err)))
			}
		}
		return list
	}
	somebody, nobody := tries("0076229645"), tries("0013542419")
	if fmt.Sprint(somebody) != fmt.Sprint(nobody) {
		t.Errorf("somebody %v, nobody %v", somebody, nobody)
	}
}

// One code tried at many persons from one address is stopped by the address's own bucket.
func TestGuessingOverManyPersonsIsStoppedByAddress(t *testing.T) {
	w := newWorld(t)
	through := 0
	for i := range 400 {
		_, err := w.BeginSignIn(t.Context(), nationalID(i), "1029384756", here)
		if err == nil {
			through++
		}
	}
	if through < 300 || through > 330 { // it empties while the test runs
		t.Errorf("%d tries got through, want about 300", through)
	}
}

// spray tries one code at a person each, and says how many got through.
func (w *world) spray(at enrol.Origin, first, most int) (through int) {
	w.t.Helper()
	for i := range most {
		_, err := w.BeginSignIn(w.t.Context(), nationalID(first+i), "1029384756", at)
		switch hub.CodeOf(err) {
		case "":
			through++
		case hub.CodeRateLimited:
		default:
			w.t.Fatal(err)
		}
	}
	return through
}

// One code tried at many persons from many addresses: past the sum each address gets a tenth, an IPv6 site as one, and
// who tries there for the first time gets in all the same.
func TestGuessingOverManyPersonsFromManyAddressesIsSlowed(t *testing.T) {
	w := newWorld(t)
	w.enrolled(sara(), saraCode)
	own := w.known(1)
	var besieged atomic.Int32
	w.options.StrangeTries, w.options.Besieged = 60, func() { besieged.Add(1) }
	w.restart(w.options)
	if n := w.spray(from(1), 0, 60); n != 60 {
		t.Errorf("%d got through before the sum, want 60", n)
	}
	if n := w.spray(from(2), 100, 40); n < 30 || n > 34 { // it empties while the test runs
		t.Errorf("%d got through from the next address, want about 30", n)
	}
	through := 0
	for i := range 4 {
		through += w.spray(enrol.Origin{Address: fmt.Sprintf("2001:db8:0:%x::/64", i)}, 200+10*i, 10)
	}
	if through < 30 || through > 34 {
		t.Errorf("%d got through from the networks of one site, want about 30", through)
	}
	if besieged.Load() < 60 {
		t.Errorf("%d tries were told of", besieged.Load())
	}
	for name, at := range map[string]enrol.Origin{"a new device": from(3), "a known one": own} {
		challenge, err := w.BeginSignIn(t.Context(), "0076229645", saraCode, at)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if _, err := w.FinishSignIn(t.Context(), challenge, w.vault.Code(challenge, 6), at); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Neighbours of a network are counted together, and the sum over it alone refuses none of them.
func TestANetworkIsCountedTogether(t *testing.T) {
	w := newWorld(t)
	for i := range 5 {
		w.spray(from(i+1), 1000*i, 300)
	}
	if n := w.spray(from(6), 9000, 40); n < 30 || n > 40 {
		t.Errorf("%d got through from a neighbour, want about 30", n)
	}
	if n := w.spray(enrol.Origin{Address: "203.0.113.9"}, 9500, 40); n != 40 {
		t.Errorf("%d got through from elsewhere, want 40", n)
	}
}

// nationalID appends the control digit.
func nationalID(n int) string {
	s, sum := fmt.Sprintf("%09d", 400123000+n), 0
	for i := range 9 {
		sum += int(s[i]-'0') * (10 - i)
	}
	if sum %= 11; sum >= 2 {
		sum = 11 - sum
	}
	return s + fmt.Sprint(sum)
}

// Those who try at once get through as often as those who try in turn; the count holds for every process.
func TestTriesAtOnceAreCounted(t *testing.T) {
	w := newWorld(t)
	w.enrolled(sara(), saraCode)
	other, err := enrol.New(w.options) // another process, or this one after a restart
	if err != nil {
		t.Fatal(err)
	}
	var through atomic.Int32
	var wg sync.WaitGroup
	for i := range 24 {
		wg.Go(func() {
			e := w.Enroller
			if i%2 == 1 {
				e = other
			}
			_, err := e.BeginSignIn(t.Context(), "0076229645", "1029384756", here)
			switch hub.CodeOf(err) {
			case "":
				through.Add(1)
			case hub.CodeRateLimited:
			default:
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if through.Load() != 10 {
		t.Errorf("%d got through, want 10", through.Load())
	}
}

// Several people share a number: what is sent to it is bounded over all of them, and the person's device has its own.
func TestCodesPerNumberAreLimited(t *testing.T) {
	w := newWorld(t)
	for i := range 8 {
		n := sara()
		n.NationalID = nationalID(i)
		w.enrolled(n, saraCode)
	}
	for i := range 8 {
		for k := range 5 {
			if _, err := w.BeginSignIn(t.Context(), nationalID(i), saraCode, from(10*i+k)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if n := w.count(`SELECT count(*) FROM deliveries d JOIN challenges h ON h.id = d.challenge WHERE h.purpose = 'sign_in'`); n < 30 || n > 34 { // it empties while the test runs
		t.Errorf("%d codes went to the number, want about 30", n)
	}
}

// Nothing that names a person, a number or an address is kept with the counts.
func TestCountsAreBlind(t *testing.T) {
	w := newWorld(t)
	w.enrolled(sara(), saraCode)
	w.guess("0076229645", here, 20)
	if n := w.count(`SELECT count(*) FROM tries WHERE position('192.0.2' IN encode(key, 'escape')) > 0 OR length(key) <> 32`); n != 0 {
		t.Errorf("%d keys can be read", n)
	}
	if n := w.count(`SELECT count(*) FROM tries`); n == 0 {
		t.Error("nothing was counted")
	}
}
