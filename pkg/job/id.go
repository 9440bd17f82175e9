package job

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
)

const (
	idBytes  = 16 // 128 bits: an id is also the only key to a mosaic, so it must not be guessed
	idLength = (idBytes*8 + 5) / 6
)

var strictEncoding = base64.RawURLEncoding.Strict()

// NewID returns a fresh random id: 22 characters of unpadded base64url (RFC 4648, section 5).
func NewID() string {
	var b [idBytes]byte
	rand.Read(b[:]) // never fails, see crypto/rand
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// IDFor derives the id of a mosaic from its maker and an idempotency key, so that asking twice with
// the same key means the same mosaic on whichever server, even after Redis has forgotten it.
func IDFor(maker, key string) string {
	h := sha256.New()
	h.Write([]byte("smalti mosaic id\x00"))
	h.Write([]byte(maker))
	h.Write([]byte{0})
	h.Write([]byte(key))
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil)[:idBytes])
}

// ValidID reports whether s has the form of an id. Only then may it become part of a key, a path or
// a file name.
func ValidID(s string) bool {
	if len(s) != idLength { // the decoder alone would skip line breaks
		return false
	}
	var id [idBytes]byte
	_, err := strictEncoding.Decode(id[:], []byte(s))
	return err == nil
}
