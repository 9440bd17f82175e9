package client

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"net/http"
	"time"

	"smalti/pkg/job"
)

// OwnerCookie holds the only thing that a browser stores for us: a token that says "I made this".
const OwnerCookie = "smalti_maker"

// Owner returns the hash of the browser's token, or "" when it has none.
func Owner(r *http.Request) string {
	c, err := r.Cookie(OwnerCookie)
	if err != nil || !job.ValidID(c.Value) {
		return ""
	}
	return HashToken(c.Value)
}

// SetOwner gives a browser a token.
func SetOwner(w http.ResponseWriter, r *http.Request, token string) {
	http.SetCookie(w, &http.Cookie{
		Name: OwnerCookie, Value: token, Path: "/", MaxAge: int((365 * 24 * time.Hour).Seconds()),
		HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: UsesTLS(r),
	})
}

// UsesTLS reports whether the browser connected by TLS, to this server or to the proxy in front of it. A
// client that lies about it only withholds its own cookie from itself.
func UsesTLS(r *http.Request) bool {
	return r.TLS != nil || r.Header.Get("X-Forwarded-Proto") == "https"
}

// IsOwner reports whether the browser that sent r owns what belongs to owner, a hash as of [Owner].
func IsOwner(r *http.Request, owner string) bool {
	return owner != "" && subtle.ConstantTimeCompare([]byte(Owner(r)), []byte(owner)) == 1
}

// HashToken returns what packages and status records have of an owner. The token is 128 random bits, so
// its hash needs no salt.
func HashToken(token string) string {
	h := sha256.Sum256([]byte(token))
	return base64.RawURLEncoding.EncodeToString(h[:])
}

// NewKey returns a random idempotency key for a form that is about to be shown.
func NewKey() string { return rand.Text() }
