package postgres_test

import (
	"context"
	"strings"
	"testing"
)

// The text about a paper to a number that somebody else has as well names no paper, for as long as both have the number
// and are enrolled: what counts is the moment at which it leaves.
func TestTextsToSharedPhonesNameNoPaper(t *testing.T) {
	w := newWorld(t)
	one, other := w.someone(), w.someone()
	for i, row := range []struct{ name, change string }{
		{"two numbers", `UPDATE contacts SET mobile_index = sha256('b') WHERE person = $1`},
		{"one number", `UPDATE contacts SET mobile_index = (SELECT mobile_index FROM contacts WHERE person <> $1 LIMIT 1) WHERE person = $1`},
		{"the other has another by now", `UPDATE contacts SET mobile_index = sha256('c') WHERE person = $1`},
		{"one number again", `UPDATE contacts SET mobile_index = (SELECT mobile_index FROM contacts WHERE person <> $1 LIMIT 1) WHERE person = $1`},
		{"one number by the new index alone", `UPDATE contacts SET mobile_index_b = sha256('n'), mobile_index = CASE WHEN person <> $1 THEN mobile_index END`},
		{"the other never activated", `UPDATE persons SET activated_at = NULL, personal_code = NULL WHERE id = $1`},
	} {
		w.exec(row.change, other.String())
		shared := i == 1 || i == 3 || i == 4
		n := w.submit(paper(row.name, one))[0]
		w.deliver()
		got := w.sender.Received()
		if len(got) != i+1 {
			t.Fatalf("%s: %d texts", row.name, len(got))
		}
		if names := strings.Contains(got[i].Body, n.Number); names == shared || (shared && strings.ContainsAny(got[i].Body, "0123456789")) {
			t.Errorf("%s: %s", row.name, got[i].Body)
		}
		if is, err := w.db.SharesPhone(context.Background(), one); err != nil || is != shared {
			t.Errorf("%s: shares %v, %v", row.name, is, err)
		}
	}
}
