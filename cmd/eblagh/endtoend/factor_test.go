package endtoend

import (
	"sync"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"
)

// usedSteps remembers, by secret, the last time step of which a code was used: each is accepted once.
var usedSteps = struct {
	sync.Mutex
	last map[string]int64
}{last: map[string]int64{}}

// secondCode gives a code of the authenticator that was not used before, and waits for one if it has to.
func secondCode(t *testing.T, secret string) string {
	t.Helper()
	found := ""
	eventually(t, 90*time.Second, func() bool {
		usedSteps.Lock()
		defer usedSteps.Unlock()
		now := time.Now().Unix() / 30
		step := max(now, usedSteps.last[secret]+1)
		if step > now+1 {
			return false // a clock may be off by one step and no more
		}
		usedSteps.last[secret] = step
		code, err := totp.GenerateCode(secret, time.Unix(step*30, 0))
		if err != nil {
			t.Fatal(err)
		}
		found = code
		return true
	}, func() string { return "no code of the authenticator is left" })
	return found
}
