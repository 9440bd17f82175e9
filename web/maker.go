package main

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"net/http"
	"time"

	"smalti/pkg/job"
)

// makerCookie holds the one thing that a browser keeps: a token that says "I made this".
const makerCookie = "smalti_maker"

// makerOf returns the hash of the browser's token, or "" when it has none.
func makerOf(r *http.Request) string {
	c, err := r.Cookie(makerCookie)
	if err != nil || !job.ValidID(c.Value) {
		return ""
	}
	return hashOf(c.Value)
}

// setMaker gives a browser a token.
func setMaker(w http.ResponseWriter, r *http.Request, token string) {
	http.SetCookie(w, &http.Cookie{
		Name: makerCookie, Value: token, Path: "/", MaxAge: int((365 * 24 * time.Hour).Seconds()),
		HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: secure(r),
	})
}

// secure reports whether the browser came by TLS, to this server or to the proxy before it. A
// client that lies about it only keeps its own cookie from itself.
func secure(r *http.Request) bool {
	return r.TLS != nil || r.Header.Get("X-Forwarded-Proto") == "https"
}

// made reports whether the browser behind r made the mosaic of this maker.
func made(r *http.Request, maker string) bool {
	return maker != "" && subtle.ConstantTimeCompare([]byte(makerOf(r)), []byte(maker)) == 1
}

// hashOf is what travels in packages and status records. The token is 128 random bits, so its hash
// needs no salt.
func hashOf(token string) string {
	h := sha256.Sum256([]byte(token))
	return base64.RawURLEncoding.EncodeToString(h[:])
}

// newKey returns an idempotency key for a form that is about to be shown: see randomKey.
func newKey() string { return rand.Text() }
