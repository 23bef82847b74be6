package signin

import (
	"net"
	"net/http"
	"net/netip"
	"strings"

	"eblagh/hub/trail"
)

// Proxies are the networks of our own proxies, whose word on where a request comes from is taken. None: nobody's is.
type Proxies []netip.Prefix

// Address is where a request comes from: one IPv4 address, or one IPv6 network of 64 bits, for a host there has many.
// It is the peer's, unless the peer is a proxy of ours: then X-Forwarded-For is read from its end, as far as each hop
// was one of ours. What stands before that was written by the caller, who may write anything.
func (p Proxies) Address(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	at, err := netip.ParseAddr(host)
	if err != nil {
		return host
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0 && p.ours(at); i-- {
		before, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			break // not an address: the proxy that vouches for more is as far as we know
		}
		at = before
	}
	return class(at)
}

func (p Proxies) ours(at netip.Addr) bool {
	at = at.Unmap().WithZone("")
	for _, network := range p {
		if network.Contains(at) {
			return true
		}
	}
	return false
}

func class(at netip.Addr) string {
	at = at.Unmap().WithZone("")
	if at.Is4() {
		return at.String()
	}
	return netip.PrefixFrom(at, 64).Masked().String()
}

// placeOf is the kind of network of an address that Address gave.
func placeOf(address string) trail.Place {
	host, _, _ := strings.Cut(address, "/")
	at, err := netip.ParseAddr(host)
	switch {
	case err != nil:
		return ""
	case at.IsLoopback():
		return trail.Loopback
	case at.IsPrivate(), at.IsLinkLocalUnicast():
		return trail.Private
	}
	return trail.Public
}
