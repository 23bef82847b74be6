package endtoend

import (
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// behind is an address from which somebody calls, as the trusted proxy tells it.
type behind string

// RoundTrip implements http.RoundTripper.
func (b behind) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("X-Forwarded-For", string(b))
	return http.DefaultTransport.RoundTrip(r)
}

// One personal code guessed over many persons from many addresses is slowed per address and over all of them, tells
// nobody who is enrolled, and keeps nobody out: neither on the device that they use, nor on a new one at an address of
// their own, nor beside the one who guesses, nor whom most of the guesses were about.
func TestGuessingOverManyPersonsIsSlowedAndLocksNobodyOut(t *testing.T) {
	in := newInstance(t, "api,worker", "EBLAGH_TRUSTED_PROXIES=127.0.0.0/8", "EBLAGH_SIGN_IN_STRANGE_TRIES=150")
	people := enrol(t, in.dev.BaseURL, in.dev.Keys["office"], 4)
	s := &sprayer{in: in, told: map[string]map[string]bool{"enrolled": {}, "not": {}}}
	for _, p := range people {
		s.enrolled = append(s.enrolled, p.NationalID)
		s.others = append(s.others, nationalID(660000000+len(s.others)))
	}
	own := s.at("203.0.113.5")
	s.signsIn(own, people[0])

	if through := s.spray(30, 5, func(i int) string { return fmt.Sprintf("198.18.%d.%d", i/3, i) }); through != 150 {
		t.Errorf("before the sum %d got through, want 150", through)
	}
	for i := range 2 { // each has 30 tries left, and one more in twenty seconds; before it were 300
		began := time.Now()
		through := s.spray(1, 45, func(int) string { return fmt.Sprintf("198.19.%d.1", i) })
		if most := 31 + int(time.Since(began)/(10*time.Second)); through < 30 || through > most {
			t.Errorf("past the sum %d of 45 got through from one address, want about 30", through)
		}
	}
	began := time.Now()
	through := s.spray(4, 12, func(i int) string { return fmt.Sprintf("2001:db8:0:%x::1", i) })
	if most := 31 + int(time.Since(began)/(10*time.Second)); through < 30 || through > most {
		t.Errorf("%d of 48 got through from the networks of one site, want about 30", through)
	}
	if enrolled, not := slices.Sorted(maps.Keys(s.told["enrolled"])), slices.Sorted(maps.Keys(s.told["not"])); !slices.Equal(enrolled, not) ||
		len(enrolled) != 2 { // let in, and slowed
		t.Errorf("the answers tell who is enrolled:\n%s\n\n%s", strings.Join(enrolled, "\n"), strings.Join(not, "\n"))
	}
	guesser := s.at("192.0.2.77")
	if enrolled, not := s.second(guesser, people[3].NationalID), s.second(guesser, nationalID(660000099)); enrolled != not {
		t.Errorf("the second step tells who is enrolled:\n%s\n\n%s", enrolled, not)
	}
	for i := range 16 { // at one person, more than the sum over strangers
		guesser := s.at(fmt.Sprintf("198.51.100.%d", i))
		for range 4 {
			guesser.want(202, "POST", "/v1/session", map[string]string{"national_id": people[2].NationalID, "personal_code": "1029384756"})
		}
	}

	for range 3 {
		own.want(202, "POST", "/v1/session", map[string]string{"national_id": people[0].NationalID, "personal_code": "0000000000"})
	}
	s.signsIn(own, people[0])
	s.signsIn(s.at("203.0.113.77"), people[0])
	s.signsIn(s.at("198.18.0.200"), people[1]) // a neighbour of the one who guesses
	s.signsIn(s.at("192.0.2.9"), people[2])    // whom most guesses were about
	if !strings.Contains(string(newCaller(t, in.dev.AdminURL, "").want(200, "GET", "/metrics", nil).body), "eblagh_sign_in_besieged_total") {
		t.Error("no metric tells of it")
	}
}

// sprayer guesses one code at people who are enrolled and at as many who are not.
type sprayer struct {
	in               *instance
	enrolled, others []string
	mu               sync.Mutex
	told             map[string]map[string]bool // what was answered, by whether the person is enrolled
}

func (s *sprayer) at(address string) *caller {
	c := newCaller(s.in.t, s.in.dev.BaseURL, "")
	c.http.Transport = behind(address)
	return c
}

func (s *sprayer) signsIn(c *caller, p demoPerson) {
	s.in.t.Helper()
	var began struct{ Challenge string }
	asked := time.Now()
	c.want(202, "POST", "/v1/session", map[string]string{"national_id": p.NationalID, "personal_code": p.PersonalCode}).into(s.in.t, &began)
	c.want(200, "POST", "/v1/session/verify", map[string]string{"challenge": began.Challenge,
		"code": code(s.in.t, s.in.dev.BaseURL, p.Mobile, asked, signInCode)})
}

// spray tries so many times from each of some addresses, at everybody in turn. It gives how many tries were let in.
func (s *sprayer) spray(addresses, each int, address func(int) string) (through int) {
	s.in.t.Helper()
	var group sync.WaitGroup
	for i := range addresses {
		group.Go(func() {
			c := s.at(address(i))
			for k := range each {
				kind, list := "enrolled", s.enrolled
				if k%2 == 1 {
					kind, list = "not", s.others
				}
				a, err := c.try("POST", "/v1/session", map[string]string{"national_id": list[(i+k/2)%len(list)], "personal_code": "1029384756"})
				if err != nil {
					s.in.t.Error(err)
					return
				}
				s.mu.Lock()
				if s.told[kind][shape(a)] = true; a.status == 202 {
					through++
				}
				s.mu.Unlock()
			}
		})
	}
	group.Wait()
	return through
}

// second is what a wrong code is answered in the second step, of somebody's challenge.
func (s *sprayer) second(c *caller, nationalID string) string {
	s.in.t.Helper()
	var began struct{ Challenge string }
	c.want(202, "POST", "/v1/session", map[string]string{"national_id": nationalID, "personal_code": "1029384756"}).into(s.in.t, &began)
	return shape(c.want(401, "POST", "/v1/session/verify", map[string]string{"challenge": began.Challenge, "code": "000000"}))
}

var oneOff = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f-]{27}|[0-9]{4}-[0-9T:.-]{6,}Z`)

// shape is an answer without what is different each time.
func shape(a answer) string {
	return fmt.Sprintln(a.status, slices.Sorted(maps.Keys(a.header)), oneOff.ReplaceAllString(string(a.body), "…"))
}
