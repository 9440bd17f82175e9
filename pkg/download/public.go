package download

import (
	"net/netip"
	"slices"
	"strings"
)

// special4 are the IPv4 blocks without public servers, from IANA's IPv4 Special-Purpose Address Registry.
// Blocks that it calls globally reachable are left out unless a comment says why.
var special4 = prefixes(
	"0.0.0.0/8",       // this network, RFC 791
	"10.0.0.0/8",      // private, RFC 1918
	"100.64.0.0/10",   // shared by carriers' NATs, RFC 6598
	"127.0.0.0/8",     // loopback, RFC 1122
	"169.254.0.0/16",  // link-local, RFC 3927; cloud metadata lives here
	"172.16.0.0/12",   // private, RFC 1918
	"192.0.0.0/24",    // IETF protocol assignments, RFC 6890; anycast services, never photos
	"192.0.2.0/24",    // documentation, RFC 5737
	"192.88.99.0/24",  // 6to4 relays, RFC 7526
	"192.168.0.0/16",  // private, RFC 1918
	"198.18.0.0/15",   // benchmarking, RFC 2544
	"198.51.100.0/24", // documentation, RFC 5737
	"203.0.113.0/24",  // documentation, RFC 5737
	"192.31.196.0/24", // AS112, RFC 7535: answers for names that lead nowhere
	"192.52.193.0/24", // AMT relays, RFC 7450
	"192.175.48.0/24", // AS112, RFC 7534
	"224.0.0.0/4",     // multicast, RFC 5771
	"240.0.0.0/4",     // reserved, RFC 1112; with the limited broadcast, RFC 919

	// Clouds have services for their own machines at addresses that look public from anywhere else.
	"168.63.129.16/32", // Azure: DNS, DHCP, and the agent that holds a machine's certificates
)

// unicast6 is all that IANA has given out as global unicast (RFC 4291, 2.4). What lies outside needs
// no list: unspecified and loopback, IPv4-compatible and IPv4-mapped (RFC 4291, 2.5.5), local NAT64
// 64:ff9b:1::/48 (RFC 8215), discard-only 100::/64 (RFC 6666), segment routing 5f00::/16 (RFC 9602),
// unique local fc00::/7 (RFC 4193), link-local fe80::/10, site-local fec0::/10 (RFC 3879) and
// multicast ff00::/8.
var unicast6 = netip.MustParsePrefix("2000::/3")

// special6 are the blocks within unicast6 without public servers, from IANA's IPv6 Special-Purpose Address
// Registry.
var special6 = prefixes(
	"2001::/23",         // IETF protocol assignments, RFC 2928: Teredo, benchmarking, ORCHID and others
	"2001:db8::/32",     // documentation, RFC 3849
	"2002::/16",         // 6to4, RFC 3056: an IPv4 address in disguise
	"2620:4f:8000::/48", // AS112, RFC 7534
	"3fff::/20",         // documentation, RFC 9637
)

// nat64 is the well-known prefix under which IPv6-only networks reach IPv4 hosts (RFC 6052).
var nat64 = netip.MustParsePrefix("64:ff9b::/96")

// isPublic reports whether an address belongs to the public internet, so that photos may be fetched from it.
func isPublic(a netip.Addr) bool {
	switch {
	case !a.IsValid() || a.Zone() != "":
		return false
	case a.Is4():
		return !within(special4, a)
	case nat64.Contains(a):
		b := a.As16()
		return isPublic(netip.AddrFrom4([4]byte(b[12:])))
	}
	return unicast6.Contains(a) && !within(special6, a) && !isatap(a)
}

// isatap recognises an IPv4 address in disguise by its interface identifier (RFC 5214, 6.1): 0000:5efe or
// 0200:5efe before the address, after any prefix.
func isatap(a netip.Addr) bool {
	b := a.As16()
	return b[8]&^2 == 0 && b[9] == 0 && b[10] == 0x5E && b[11] == 0xFE
}

// numeric reports whether a host is an IPv4 address in another notation than four decimal numbers, such as
// 0x7f.1 or 2130706433: its last label is a number (WHATWG URL Standard, "ends in a number"). Some resolvers
// accept those.
func numeric(host string) bool {
	if _, err := netip.ParseAddr(host); err == nil {
		return false
	}
	host = strings.TrimSuffix(host, ".")
	last := strings.ToLower(host[strings.LastIndexByte(host, '.')+1:])
	digits, isHex := strings.CutPrefix(last, "0x")
	if isHex {
		return strings.Trim(digits, "0123456789abcdef") == ""
	}
	return last != "" && strings.Trim(last, "0123456789") == ""
}

// localNames are top-level names without a meaning outside of a network (RFC 6761, 6762 and 8375; .internal
// is reserved by ICANN), and some that networks give themselves. They are refused without being resolved.
var localNames = []string{"localhost", "local", "internal", "home.arpa", "localdomain", "lan", "intranet", "corp"}

// local reports whether a host in lower case is local: a single label, or a name below one of localNames.
func local(host string) bool {
	if _, err := netip.ParseAddr(host); err == nil {
		return false
	}
	return !strings.Contains(host, ".") || slices.ContainsFunc(localNames, func(name string) bool {
		return host == name || strings.HasSuffix(host, "."+name)
	})
}

func within(blocks []netip.Prefix, a netip.Addr) bool {
	for _, b := range blocks {
		if b.Contains(a) {
			return true
		}
	}
	return false
}

func prefixes(list ...string) []netip.Prefix {
	out := make([]netip.Prefix, len(list))
	for i, s := range list {
		out[i] = netip.MustParsePrefix(s)
	}
	return out
}
