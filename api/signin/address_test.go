package signin_test

import (
	"net/http/httptest"
	"net/netip"
	"testing"

	"eblagh/api/signin"
)

func TestAddressIsThePeersUnlessAProxyOfOursSaysMore(t *testing.T) {
	ours := signin.Proxies{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}
	for _, row := range []struct {
		name, peer string
		forwarded  []string
		proxies    signin.Proxies
		want       string
	}{
		{"nobody is trusted", "203.0.113.5:99", []string{"198.51.100.1"}, nil, "203.0.113.5"},
		{"a stranger's word", "203.0.113.5:99", []string{"198.51.100.1"}, ours, "203.0.113.5"},
		{"our proxy's word", "10.1.2.3:99", []string{"198.51.100.1"}, ours, "198.51.100.1"},
		{"the caller writes the beginning", "10.1.2.3:99", []string{"127.0.0.1, 192.0.2.9, 198.51.100.1"}, ours, "198.51.100.1"},
		{"two proxies of ours", "10.1.2.3:99", []string{"192.0.2.9, 198.51.100.1, 10.9.9.9"}, ours, "198.51.100.1"},
		{"in several headers", "10.1.2.3:99", []string{"192.0.2.9", "198.51.100.1"}, ours, "198.51.100.1"},
		{"nothing forwarded", "10.1.2.3:99", nil, ours, "10.1.2.3"},
		{"rubbish", "10.1.2.3:99", []string{"192.0.2.9, unknown"}, ours, "10.1.2.3"},
		{"an IPv6 network is one", "[2001:db8:1:2:aaaa::1]:99", nil, ours, "2001:db8:1:2::/64"},
		{"and so is its neighbour", "[2001:db8:1:2:ffff::9]:99", nil, ours, "2001:db8:1:2::/64"},
		{"IPv4 inside IPv6", "[::ffff:203.0.113.5]:99", nil, ours, "203.0.113.5"},
		{"our proxy over IPv4 in IPv6", "[::ffff:10.1.2.3]:99", []string{"198.51.100.1"}, ours, "198.51.100.1"},
		{"a zone does not matter", "[fe80::1%eth0]:99", nil, ours, "fe80::/64"},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = row.peer
		for _, hops := range row.forwarded {
			r.Header.Add("X-Forwarded-For", hops)
		}
		if got := row.proxies.Address(r); got != row.want {
			t.Errorf("%s: %s, want %s", row.name, got, row.want)
		}
	}
}

func FuzzAddress(f *testing.F) {
	f.Add("10.0.0.1:1", "a,b,,10.0.0.2")
	f.Fuzz(func(t *testing.T, peer, forwarded string) {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = peer
		r.Header["X-Forwarded-For"] = []string{forwarded}
		_ = signin.Proxies{netip.MustParsePrefix("0.0.0.0/0")}.Address(r)
	})
}
