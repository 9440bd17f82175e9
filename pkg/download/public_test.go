package download_test

import (
	"net/netip"
	"testing"

	"smalti/pkg/download"
)

// TestPublicAtEachBoundary holds each block against its first and last address, and the ones beside.
func TestPublicAtEachBoundary(t *testing.T) {
	for _, tc := range []struct {
		name        string
		first, last string
		before      bool // whether the address right before is public
		after       bool
	}{
		{"this network", "0.0.0.0", "0.255.255.255", false, true},
		{"private 10", "10.0.0.0", "10.255.255.255", true, true},
		{"shared", "100.64.0.0", "100.127.255.255", true, true},
		{"loopback", "127.0.0.0", "127.255.255.255", true, true},
		{"link-local", "169.254.0.0", "169.254.255.255", true, true},
		{"private 172", "172.16.0.0", "172.31.255.255", true, true},
		{"IETF", "192.0.0.0", "192.0.0.255", true, true},
		{"documentation 1", "192.0.2.0", "192.0.2.255", true, true},
		{"6to4 relays", "192.88.99.0", "192.88.99.255", true, true},
		{"private 192", "192.168.0.0", "192.168.255.255", true, true},
		{"benchmarking", "198.18.0.0", "198.19.255.255", true, true},
		{"documentation 2", "198.51.100.0", "198.51.100.255", true, true},
		{"documentation 3", "203.0.113.0", "203.0.113.255", true, true},
		{"AS112", "192.31.196.0", "192.31.196.255", true, true},
		{"AMT", "192.52.193.0", "192.52.193.255", true, true},
		{"AS112, delegated", "192.175.48.0", "192.175.48.255", true, true},
		{"Azure", "168.63.129.16", "168.63.129.16", true, true},
		{"Azure through NAT64", "64:ff9b::a83f:8110", "64:ff9b::a83f:8110", true, true},
		{"AS112, IPv6", "2620:4f:8000::", "2620:4f:8000:ffff:ffff:ffff:ffff:ffff", true, true},
		{"multicast", "224.0.0.0", "239.255.255.255", true, false},
		{"reserved", "240.0.0.0", "255.255.255.255", false, false},
		{"unspecified, loopback, IPv4-compatible", "::", "::ffff:ffff", false, false},
		{"IPv4-mapped", "::ffff:0:0", "::ffff:ffff:ffff", false, false},
		{"NAT64, 10", "64:ff9b::a00:0", "64:ff9b::aff:ffff", true, true},
		{"NAT64, loopback", "64:ff9b::7f00:0", "64:ff9b::7fff:ffff", true, true},
		{"local NAT64", "64:ff9b:1::", "64:ff9b:1:ffff:ffff:ffff:ffff:ffff", false, false},
		{"discard", "100::", "100::ffff:ffff:ffff:ffff", false, false},
		{"all below global unicast", "65::", "1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", false, true},
		{"IETF, Teredo first", "2001::", "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff", true, true},
		{"documentation 4", "2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", true, true},
		{"6to4", "2002::", "2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff", true, true},
		{"documentation 5", "3fff::", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff", true, true},
		{"segment routing", "5f00::", "5f00:ffff:ffff:ffff:ffff:ffff:ffff:ffff", false, false},
		{"all above global unicast", "4000::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", true, false},
		{"unique local", "fc00::", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", false, false},
		{"link-local", "fe80::", "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff", false, false},
		{"site-local", "fec0::", "feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", false, false},
		{"multicast", "ff00::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", false, false},
		{"ISATAP", "2a00:1450::5efe:0:0", "2a00:1450::5efe:ffff:ffff", true, true},
		{"ISATAP, global", "2a00:1450::200:5efe:0:0", "2a00:1450::200:5efe:ffff:ffff", true, true},
	} {
		first, last := netip.MustParseAddr(tc.first), netip.MustParseAddr(tc.last)
		for _, c := range []struct {
			a    netip.Addr
			want bool
		}{{first, false}, {last, false}, {first.Prev(), tc.before}, {last.Next(), tc.after}} {
			if got := download.Public(c.a); got != c.want {
				t.Errorf("%s: Public(%v) = %v", tc.name, c.a, got)
			}
		}
	}
	for _, s := range []string{"1.1.1.1", "8.8.8.8", "185.199.108.133", "2606:4700::1111", "2a00:1450:4001:80b::200e", "64:ff9b::808:808"} {
		if !download.Public(netip.MustParseAddr(s)) {
			t.Errorf("%s is not public", s)
		}
	}
	for cloud, s := range map[string]string{
		"AWS, Google, DigitalOcean": "169.254.169.254", "AWS, containers": "169.254.170.2", "AWS, IPv6": "fd00:ec2::254", "Google, IPv6": "fd20:ce::254",
		"Alibaba": "100.100.100.200", "Oracle": "192.0.0.192", "Tencent": "169.254.0.23", "Azure": "168.63.129.16",
		"mapped": "::ffff:169.254.169.254", "translated": "::ffff:0:a9fe:a9fe", "compatible": "::a9fe:a9fe", "6to4": "2002:a9fe:a9fe::1",
		"Teredo": "2001:0:a9fe:a9fe::5601:5601", "NAT64": "64:ff9b::a9fe:a9fe", "local NAT64": "64:ff9b:1::a9fe:a9fe",
	} {
		if download.Public(netip.MustParseAddr(s)) {
			t.Errorf("metadata of %s: %s is public", cloud, s)
		}
	}
	if download.Public(netip.Addr{}) || download.Public(netip.MustParseAddr("2a00::1%eth0")) {
		t.Error("no address, or one with a zone, is public")
	}
}

func TestNumericHosts(t *testing.T) {
	for host, want := range map[string]bool{
		"2130706433": true, "0x7f000001": true, "0x7f.1": true, "127.1": true, "017700000001": true,
		"0": true, "1.2.3.4.5": true, "127.0.0.1.": true, "127.0.0.1": false, "::1": false, "example.org": false,
		"1.example": false, "0xyz": false, "0x": true, "a.0x7F": true, "999.999.999.999": true, "": false,
	} {
		if got := download.Numeric(host); got != want {
			t.Errorf("Numeric(%q) = %v", host, got)
		}
	}
}
