// Package answer encodes answers to HTTP requests: JSON, with tags, and compressed.
package answer

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
)

// JSON writes v, which no cache may keep.
func JSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // an error is a client that has gone
}

// TaggedJSON writes v, or 304 to a client that has it already: a page polls for minutes, and most of the
// time nothing has changed.
func TaggedJSON(w http.ResponseWriter, r *http.Request, v any) { Tag(v).Write(w, r) }

// Tagged is an encoded answer, and its tag. It never changes.
type Tagged struct {
	body []byte
	tag  []string // as a header
}

// Tag encodes v.
func Tag(v any) Tagged {
	body, err := json.Marshal(v)
	if err != nil {
		panic(err) // our own types
	}
	sum := sha256.Sum256(body)
	return Tagged{append(body, '\n'), []string{`"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`}}
}

// Len is about how many bytes it has.
func (t Tagged) Len() int { return len(t.body) + len(t.tag[0]) }

// Write is [TaggedJSON] of what is encoded already.
func (t Tagged) Write(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h["Cache-Control"], h["Etag"] = noCache, t.tag // which Set would spell the same
	// Nothing else in a list of tags or in a weak one (RFC 9110, 13.1.2) can look like ours.
	if strings.Contains(r.Header.Get("If-None-Match"), t.tag[0]) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h["Content-Type"] = jsonType
	_, _ = w.Write(t.body) // an error is a client that has gone
}

// Values of headers, made once for all answers; nobody changes what is in them.
var noCache, jsonType = []string{"no-cache"}, []string{"application/json"}
