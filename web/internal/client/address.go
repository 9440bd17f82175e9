// Package client tells who sent a request: the hash of an address, and who owns a mosaic.
package client

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"hash"
	"net/http"
	"net/netip"
	"regexp"

	"smalti/pkg/job"
	"smalti/pkg/limit"
)

// Hasher hashes the addresses of clients, so that they can be stored. A hash has the form of an id, is the
// same on all web servers and after a restart, and does not reveal the address.
type Hasher struct {
	key     []byte
	proxies []netip.Prefix // whose X-Forwarded-For is trusted
}

// NewHasher derives the key from the secret that all web servers of a system share, the password of Redis.
// Without a password, anyone who can read Redis could find an address by hashing all of them.
func NewHasher(secret string, proxies []netip.Prefix) Hasher {
	key := sha256.Sum256([]byte("smalti client\x00" + secret))
	return Hasher{key[:], proxies}
}

// Hash returns the hash of the IPv4 address, or of the /64 of the IPv6 address, that sent r.
func (h Hasher) Hash(r *http.Request) string {
	mac := hmac.New(sha256.New, h.key)
	mac.Write([]byte(limit.ClientOf(r, h.proxies)))
	return asID(mac)
}

// randomKey matches keys that nobody can guess: those of [NewKey], and random UUIDs (RFC 9562, 5.4).
var randomKey = regexp.MustCompile(`^([A-Z2-7]{26}|[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-4[0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12})$`)

// OwnerToken returns an owner's token for a client that has none. It depends on the idempotency key, so
// that a client that repeats a request, because it got no answer or keeps no cookies, is the same owner.
// Where others could guess the key, it depends on the client's address as well.
func (h Hasher) OwnerToken(r *http.Request, key string) string {
	if key == "" {
		return job.NewID()
	}
	if randomKey.MatchString(key) {
		sum := sha256.New()
		fmt.Fprintf(sum, "smalti maker\x00%s", key)
		return asID(sum)
	}
	mac := hmac.New(sha256.New, h.key)
	fmt.Fprintf(mac, "smalti maker\x00%s\x00%s", limit.ClientOf(r, h.proxies), key)
	return asID(mac)
}

func asID(h hash.Hash) string { return base64.RawURLEncoding.EncodeToString(h.Sum(nil)[:16]) }
