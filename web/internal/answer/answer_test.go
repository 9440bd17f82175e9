package answer

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestWhoTakesGzip(t *testing.T) {
	for accept, want := range map[string]bool{
		"": false, "gzip": true, "br, gzip;q=0.8": true, "gzip;q=0": false, "gzip; q=0.000": false, "GZIP": true, "identity": false, "gzip;q=x": false,
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header.Set("Accept-Encoding", accept)
		if got := AcceptsGzip(r); got != want {
			t.Errorf("%q: %v, want %v", accept, got, want)
		}
	}
}
