package client

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"

	"smalti/pkg/job"
)

func TestClientsAreToldApartByAHash(t *testing.T) {
	proxies := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	of := func(password, remote, forwarded string) string {
		r := httptest.NewRequest(http.MethodPost, "/mosaics", nil)
		r.RemoteAddr = remote
		if forwarded != "" {
			r.Header.Set("X-Forwarded-For", forwarded)
		}
		return NewHasher(password, proxies).Hash(r)
	}
	one := of("secret", "192.0.2.1:1234", "")
	if !job.ValidID(one) {
		t.Errorf("%q does not have the form of an id", one)
	}
	for what, same := range map[string]string{
		"another port":                of("secret", "192.0.2.1:99", ""),
		"through a proxy":             of("secret", "10.0.0.1:1", "192.0.2.1"),
		"a header that nobody trusts": of("secret", "192.0.2.1:99", "192.0.2.2"),
	} {
		if same != one {
			t.Errorf("%s: %q, want %q", what, same, one)
		}
	}
	if of("secret", "192.0.2.2:1234", "") == one || of("other", "192.0.2.1:1234", "") == one {
		t.Error("another address or another secret has the same hash")
	}
	if of("secret", "[2001:db8::1]:1", "") != of("secret", "[2001:db8::ffff:2]:1", "") {
		t.Error("two addresses of one /64 are told apart")
	}
}
