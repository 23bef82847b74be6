package endtoend

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"sync"
	"testing"
	"time"
)

// devFile is dev.json: how scripts find their way about a development instance.
type devFile struct {
	BaseURL  string            `json:"base_url"`
	AdminURL string            `json:"admin_url"`
	Keys     map[string]string `json:"keys"`
	People   []demoPerson      `json:"people"`

	LogPublicKey string `json:"log_public_key"`
}

type demoPerson struct {
	Role         string `json:"role"`
	NationalID   string `json:"national_id"`
	Name         string `json:"name"`
	Mobile       string `json:"mobile"`
	PersonalCode string `json:"personal_code"`
	TOTPSecret   string `json:"totp_secret"`
}

func readDevFile(dir string) (devFile, error) {
	var d devFile
	b, err := os.ReadFile(filepath.Join(dir, "dev.json"))
	if err != nil {
		return d, err
	}
	return d, json.Unmarshal(b, &d)
}

// inRole lists the demo people in a role.
func (d devFile) inRole(role string) []demoPerson {
	var out []demoPerson
	for _, p := range d.People {
		if p.Role == role {
			out = append(out, p)
		}
	}
	return out
}

// Codes stand alone; the number of a notice has more digits.
var (
	signInCode     = regexp.MustCompile(`(?:^|\D)(\d{6})(?:\D|$)`)
	activationCode = regexp.MustCompile(`(?:^|\D)(\d{8})(?:\D|$)`)
)

// code waits for a text that came to the mobile after the given time and gives the code in it.
func code(t *testing.T, base, mobile string, after time.Time, form *regexp.Regexp) string {
	t.Helper()
	c, found := newCaller(t, base, ""), ""
	eventually(t, 20*time.Second, func() bool {
		for _, text := range texts(t, c, mobile) {
			m := form.FindStringSubmatch(text.Text)
			if m == nil || text.At.Before(after) {
				continue
			}
			if _, used := usedCodes.LoadOrStore(m[1]+mobile, true); !used {
				found = m[1]
			}
		}
		return found != ""
	}, func() string { return "no code came by SMS" })
	return found
}

// usedCodes remembers what was read already, so that a second sign-in waits for its own code.
var usedCodes sync.Map

// text is one item of /dev/phones.
type text struct {
	At     time.Time `json:"at"`
	Text   string    `json:"text"`
	Report string    `json:"report"`
}

func texts(t *testing.T, c *caller, mobile string) []text {
	t.Helper()
	var page struct{ Items []text }
	c.want(200, "GET", "/dev/phones/"+mobile, nil).into(t, &page)
	return page.Items
}

// signIn gives a caller with the person's session.
func signIn(t *testing.T, base string, p demoPerson) *caller {
	t.Helper()
	c := newCaller(t, base, "")
	var began struct{ Challenge string }
	asked := time.Now()
	c.want(202, "POST", "/v1/session", map[string]string{"national_id": p.NationalID, "personal_code": p.PersonalCode}).
		into(t, &began)
	a := c.do("POST", "/v1/session/verify", map[string]string{
		"challenge": began.Challenge, "code": code(t, base, p.Mobile, asked, signInCode)})
	if a.status == 202 {
		a.into(t, &began)
		a = c.do("POST", "/v1/session/verify", map[string]string{"challenge": began.Challenge, "code": secondCode(t, p.TOTPSecret)})
	}
	if a.status != 200 {
		t.Fatalf("sign-in: %d %s", a.status, a.body)
	}
	return c
}

// enrol makes n more citizens through the office's key, activated, each on a number of their own.
func enrol(t *testing.T, base, officeKey string, n int) []demoPerson {
	t.Helper()
	office, people := newCaller(t, base, officeKey), make([]demoPerson, n)
	for i := range people {
		p := demoPerson{
			Role: "citizen", NationalID: nationalID(770123000 + i), Name: "نمونه آزمون",
			Mobile: fmt.Sprintf("+98990555%04d", i), PersonalCode: fmt.Sprintf("83%08d", 51920437+i*7),
		}
		asked := time.Now()
		office.want(201, "POST", "/v1/recipients", map[string]string{"kind": "natural", "national_id": p.NationalID,
			"given_name": "نمونه", "family_name": "آزمون", "mobile": p.Mobile})
		newCaller(t, base, "").want(204, "POST", "/v1/activation", map[string]string{"national_id": p.NationalID,
			"activation_code": code(t, base, p.Mobile, asked, activationCode), "personal_code": p.PersonalCode})
		people[i] = p
	}
	return people
}

// nationalID appends the control digit (DOMAIN: Σ d[i]·(10−i) mod 11) to nine digits.
func nationalID(nine int) string {
	s, sum := fmt.Sprintf("%09d", nine), 0
	for i := range 9 {
		sum += int(s[i]-'0') * (10 - i)
	}
	if sum %= 11; sum >= 2 {
		sum = 11 - sum
	}
	return s + fmt.Sprint(sum)
}
