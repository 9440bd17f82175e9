package limit

import (
	"net/http"
	"net/netip"
	"strings"
)

// ClientOf says who sent a request, for [Limiter.Take]: its IPv4 address, or the /64 of its IPv6
// address, which is what one household has. X-Forwarded-For is believed as far as it was written by
// a trusted proxy: read from its end, the client is the first address that is none.
func ClientOf(r *http.Request, trusted []netip.Prefix) string {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return "unknown" // no TCP
	}
	client := peer.Addr().Unmap().WithZone("")
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0 && contains(trusted, client); i-- {
		hop, ok := address(hops[i])
		if !ok {
			break // nobody can say who stands behind it
		}
		client = hop
	}
	return Client(client)
}

// Client names the client that has an address: the address itself, or the /64 that an IPv6 address is
// in. The address is neither mapped nor has it a zone.
func Client(a netip.Addr) string {
	if a.Is6() {
		p, _ := a.Prefix(64)
		return p.String()
	}
	return a.String()
}

// address reads an entry of X-Forwarded-For; some proxies write a port with it.
func address(s string) (netip.Addr, bool) {
	s = strings.TrimSpace(s)
	if a, err := netip.ParseAddr(strings.Trim(s, "[]")); err == nil {
		return a.Unmap().WithZone(""), true
	}
	p, err := netip.ParseAddrPort(s)
	return p.Addr().Unmap().WithZone(""), err == nil
}

func contains(list []netip.Prefix, a netip.Addr) bool {
	for _, p := range list {
		if p.Contains(a) {
			return true
		}
	}
	return false
}
