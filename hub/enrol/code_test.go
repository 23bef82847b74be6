package enrol

import (
	"testing"

	"github.com/alexedwards/argon2id"

	"eblagh/hub"
)

func TestPersonalCodeIsNotTheFirstToTry(t *testing.T) {
	for code, want := range map[string]string{
		"4815162342": "", "۴۸۱۵۱۶۲۳۴۲": "", "48 1516 2342": "", "1122334455": "",
		"": "ten-digits", "123456789": "ten-digits", "12345678901": "ten-digits", "48151623a2": "ten-digits",
		"+815162342": "ten-digits", "٣": "ten-digits",
		"0000000000": "weak", "7777777777": "weak", "1234567890": "weak", "0123456789": "weak",
		"9876543210": "weak", "0987654321": "weak", "5678901234": "weak", "0076229645": "weak",
	} {
		var wrong hub.Problems
		checkPersonalCode(&wrong, code, "0076229645")
		got := ""
		if len(wrong) > 0 {
			got = wrong[0].Code
		}
		if got != want || len(wrong) > 1 {
			t.Errorf("%q: %v, want %q", code, wrong, want)
		}
	}
}

func TestHasherComparesSomethingForNobody(t *testing.T) {
	params := argon2id.Params{Memory: 64, Iterations: 1, Parallelism: 1, SaltLength: 8, KeyLength: 16}
	h, err := newHasher(params, 1)
	if err != nil {
		t.Fatal(err)
	}
	hash, err := h.hash(t.Context(), "secret")
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		secret, hash string
		want         bool
	}{"right": {"secret", hash, true}, "wrong": {"other", hash, false}, "nobody": {"secret", "", false}, "the dummy's": {"nobody", "", false}} {
		if got, err := h.matches(t.Context(), c.secret, c.hash); err != nil || got != c.want {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
	dummy, _, _, err := argon2id.DecodeHash(h.dummy)
	if err != nil || *dummy != params {
		t.Errorf("the dummy costs %+v, want %+v", dummy, params)
	}
}

func TestNewRefusesAModeThatIsNone(t *testing.T) {
	if _, err := New(Options{Mode: "prod"}); err == nil {
		t.Error("mode prod was taken")
	}
	if _, err := New(Options{Mode: "test", Hash: argon2id.Params{Memory: 1}}); err == nil {
		t.Error("a hash that costs nothing was taken")
	}
}
