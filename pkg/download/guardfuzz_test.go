package download_test

import (
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"smalti/pkg/download"
)

// Whatever an address looks like, the guard lets through none that some resolver could read as one
// that is not public, and dials none.
func FuzzGuard(f *testing.F) {
	for _, s := range hostile {
		f.Add(s)
	}
	for _, s := range []string{
		"http://example.org/", "https://8.8.8.8/x", "http://[2606:4700::1111]/", "8.8.8.8:80", "[::ffff:10.0.0.1]:443", "[fe80::1%eth0]:80",
		"[64:ff9b::7f00:1]:80", "[2002:7f00:1::]:80", "[2001:0:7f00:1::]:80", "0177.0.0.1:80", "http://1.1/", "http://0300.0250.1/",
	} {
		f.Add(s)
	}
	d := download.New(download.Config{Proxy: noProxy})
	f.Cleanup(d.Close)
	f.Fuzz(func(t *testing.T, s string) {
		if u, err := url.Parse(s); err == nil && d.Allowed(u) == nil {
			if a, ok := lenient(u.Hostname()); ok && !harmless(a) {
				t.Errorf("%q was let through, which may be %v", s, a)
			}
		}
		if d.MayDial(s) == nil {
			if a, err := netip.ParseAddrPort(s); err != nil || !harmless(a.Addr()) {
				t.Errorf("%q would be dialled", s)
			}
		}
	})
}

// lenient reads an address as inet_aton(3) does, with fewer parts and with hexadecimal and octal ones.
func lenient(host string) (netip.Addr, bool) {
	host = strings.TrimSuffix(host, ".")
	if a, err := netip.ParseAddr(host); err == nil {
		return a, true
	}
	parts := strings.Split(host, ".")
	if len(parts) > 4 {
		return netip.Addr{}, false
	}
	var value uint64
	for i, p := range parts {
		n, err := strconv.ParseUint(strings.ToLower(p), 0, 32)
		if err != nil || strings.ContainsAny(p, "_bBoO") {
			return netip.Addr{}, false
		}
		switch last := i == len(parts)-1; {
		case !last && n > 255, last && n >= 1<<(8*(5-len(parts))):
			return netip.Addr{}, false
		case !last:
			value |= n << (8 * (3 - i))
		default:
			value |= n
		}
	}
	return netip.AddrFrom4([4]byte{byte(value >> 24), byte(value >> 16), byte(value >> 8), byte(value)}), true
}

// harmless is by the standard library what the guard says by its own lists; an IPv4 address within
// another one counts, too.
func harmless(a netip.Addr) bool {
	within := []netip.Addr{a.Unmap()}
	if b := a.As16(); a.Is6() && !a.Is4In6() {
		at := func(i int) netip.Addr { return netip.AddrFrom4([4]byte(b[i : i+4])) }
		switch {
		case b[0] == 0x20 && b[1] == 0x02:
			within = append(within, at(2))
		case netip.MustParsePrefix("64:ff9b::/96").Contains(a), netip.MustParsePrefix("::/96").Contains(a):
			within = append(within, at(12))
		}
	}
	for _, x := range within {
		ip := net.IP(x.AsSlice())
		if x.Zone() != "" || !ip.IsGlobalUnicast() || ip.IsPrivate() || x == netip.MustParseAddr("168.63.129.16") ||
			netip.MustParsePrefix("100.64.0.0/10").Contains(x) || netip.MustParsePrefix("fec0::/10").Contains(x) {
			return false
		}
	}
	return true
}
