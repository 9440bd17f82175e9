package answer

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

func accepting(lines ...string) *http.Request {
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	for _, l := range lines {
		r.Header.Add("Accept-Encoding", l)
	}
	return r
}

func TestWhoTakesGzip(t *testing.T) {
	for accept, want := range map[string]bool{
		"": false, "gzip": true, "GZIP": true, "x-gzip": true, "br, gzip;q=0.8": true, "gzip, deflate, br, zstd": true,
		"gzip;q=0": false, "gzip; q=0.000": false, "gzip;q=x": false, "gzip;q=2": false, "gzip;q=NaN": false, "gzip;level=9": false,
		"identity": false, "br, zstd": false, "identity;q=0": false, "identity;q=0, gzip": true, "identity;q=0, gzip;q=0": false,
		"identity, gzip;q=0.5": false, "identity;q=0.5, gzip": true, "gzip;q=0.5, identity;q=0.5": true, "gzip; Q=0.5": true,
		"*": true, "*;q=0": false, "*;q=0, gzip": true, "*, gzip;q=0": false, "identity;q=0, *;q=0.1": true, "gzip;q=0.5, *": false,
		"deflate;q=0, *": true,
	} {
		if got := AcceptsGzip(accepting(accept)); got != want {
			t.Errorf("%q: %v, want %v", accept, got, want)
		}
	}
	if !AcceptsGzip(accepting("br", "gzip")) {
		t.Error("the second line of the header is not read")
	}
	if AcceptsGzip(httptest.NewRequest(http.MethodGet, "/", nil)) {
		t.Error("a client that says nothing gets gzip")
	}
}

// A coding that nobody knows changes nothing, wherever it stands.
func FuzzAcceptsGzip(f *testing.F) {
	f.Add("gzip;q=0.5, *;q=0")
	f.Add("identity;q=0;,=")
	f.Fuzz(func(t *testing.T, accept string) {
		want := AcceptsGzip(accepting(accept))
		for _, more := range []string{accept + ",unknown", "unknown;q=1," + accept} {
			if AcceptsGzip(accepting(more)) != want {
				t.Errorf("%q: %v, and %q the opposite", accept, want, more)
			}
		}
	})
}
