package smpp

import (
	"fmt"
	"testing"

	"eblagh/hub"
)

// While a text in parts is on its way to somebody, 255 others to the same number may overtake it, and any number to others.
func TestReferencesOfOneNumberDoNotMeet(t *testing.T) {
	const person = hub.Mobile("+989120000001")
	r := &references{start: 77}
	seen := map[byte]bool{}
	for i := range 256 {
		for other := range 200 {
			if to := hub.Mobile(fmt.Sprintf("+98913%07d", other)); place(to) != place(person) {
				r.next(to)
			}
		}
		if n := r.next(person); seen[n] {
			t.Fatalf("the %d. text has reference %d again", i+1, n)
		} else {
			seen[n] = true
		}
	}
}
