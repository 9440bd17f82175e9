package connections

import (
	"net/http"
	"net/netip"
	"sync"

	"smalti/pkg/limit"
)

// LimitRequests bounds how many requests of one client are handled at the same time; the others go to
// refused. It is only needed behind proxies: without one, each request takes a connection, and those are
// limited where they are accepted. perClient 0 is no limit.
func LimitRequests(perClient int, proxies []netip.Prefix, refused, next http.Handler) http.Handler {
	if perClient == 0 || len(proxies) == 0 {
		return next
	}
	var mu sync.Mutex
	open := make(map[string]int)
	enter := func(client string) bool {
		mu.Lock()
		defer mu.Unlock()
		if open[client] >= perClient {
			return false
		}
		open[client]++
		return true
	}
	leave := func(client string) {
		mu.Lock()
		defer mu.Unlock()
		if open[client]--; open[client] == 0 {
			delete(open, client)
		}
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		client := limit.ClientOf(r, proxies)
		if !enter(client) {
			refused.ServeHTTP(w, r)
			return
		}
		defer leave(client)
		next.ServeHTTP(w, r)
	})
}
