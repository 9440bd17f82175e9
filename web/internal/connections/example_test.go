package connections_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"

	"smalti/web/internal/connections"
)

func ExampleLimitRequests() {
	busy := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTooManyRequests) })
	proxies := []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}
	var h http.Handler
	h = connections.LimitRequests(1, proxies, busy, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		second := httptest.NewRecorder()
		h.ServeHTTP(second, r) // while the first request is handled
		fmt.Println(second.Code)
	}))
	r := httptest.NewRequest(http.MethodGet, "/", nil) // from 192.0.2.1
	r.Header.Set("X-Forwarded-For", "198.51.100.7")
	h.ServeHTTP(httptest.NewRecorder(), r)
	// Output: 429
}
