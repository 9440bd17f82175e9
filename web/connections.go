package main

import (
	"fmt"
	"net"
	"net/http"

	"smalti/pkg/listener"
	"smalti/web/internal/problem"
)

// limitConnections bounds how many connections each client has. Proxies that are trusted have as many
// as they like; the requests of the clients behind them are limited instead.
func (sys *system) limitConnections(l net.Listener) *listener.Listener {
	text := problem.ErrTooManyConnections.Detail
	return listener.New(l, listener.Config{
		PerClient: sys.settings.limits.Connections, Exempt: sys.settings.limits.Proxies,
		Refusal: fmt.Sprintf("HTTP/1.1 429 Too Many Requests\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: %d\r\n"+
			"Retry-After: 10\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n%s", len(text), text),
		Refused: sys.requests.TooMany, Cut: sys.requests.TooSlow,
	})
}

// tooManyRequests answers a client behind a proxy that has too many requests at a time.
func (s *server) tooManyRequests(w http.ResponseWriter, r *http.Request) {
	s.pages.Refuse(w, r, problem.ErrTooManyConnections)
}
