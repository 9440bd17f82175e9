package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/netip"

	"smalti/pkg/job"
	"smalti/pkg/limit"
)

// clients turns the address of a client into what may be written down about it: a hash in the form of
// an id, the same on all front ends and after a restart, from which the address cannot be guessed.
type clients struct {
	key     []byte
	proxies []netip.Prefix // whose X-Forwarded-For is believed
}

// newClients derives the key from the one secret that all front ends of a system share, the password of
// Redis: so they agree without having to ask anybody, also while Redis is away. Where Redis has no
// password, whoever can read it could find the addresses by trying them all.
func newClients(secret string, proxies []netip.Prefix) clients {
	key := sha256.Sum256([]byte("smalti client\x00" + secret))
	return clients{key[:], proxies}
}

// of is the hash of who sent r: of its IPv4 address, or of the /64 of its IPv6 address.
func (c clients) of(r *http.Request) string {
	mac := hmac.New(sha256.New, c.key)
	mac.Write([]byte(limit.ClientOf(r, c.proxies)))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:16]) // as long as an id
}

// origin notes in a package who asked for it and for how long, and the trace that the request is part of,
// as far as all workers can read that.
func (s *server) origin(p *job.Package, r *http.Request) {
	p.Client = s.clients.of(r)
	p.Keep = int64(s.keep.Seconds())
	if trace := r.Header.Get("Traceparent"); job.ValidTraceparent(trace) {
		p.Traceparent = trace
	}
	p.SetVersion(s.queue.WriteVersion(r.Context()))
}
