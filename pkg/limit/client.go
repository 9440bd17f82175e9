package limit

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"smalti/pkg/throttle"
)

// ClientOf returns the client that sent a request, for [Limiter.Take]: its IPv4 address, or the /64 of its
// IPv6 address, which is what a household has. X-Forwarded-For is trusted as far as trusted proxies wrote
// it: from its end, the client is the first address that is not such a proxy.
func ClientOf(r *http.Request, trusted []netip.Prefix) string {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return "unknown" // not TCP
	}
	client := peer.Addr().Unmap().WithZone("")
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0 && slices.ContainsFunc(trusted, func(p netip.Prefix) bool { return p.Contains(client) }); i-- {
		hop, ok := address(hops[i])
		if !ok {
			break // whoever is behind it is unknown
		}
		client = hop
	}
	return throttle.Client(client)
}

// address parses an entry of X-Forwarded-For; some proxies add a port.
func address(s string) (netip.Addr, bool) {
	s = strings.TrimSpace(s)
	if a, err := netip.ParseAddr(strings.Trim(s, "[]")); err == nil {
		return a.Unmap().WithZone(""), true
	}
	p, err := netip.ParseAddrPort(s)
	return p.Addr().Unmap().WithZone(""), err == nil
}
