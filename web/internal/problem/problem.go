// Package problem holds the errors that clients are told, and what they are told: mosaic.go about a mosaic,
// toomany.go where something is too much (status 429) or full. Errors of one handler are beside it.
package problem

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"time"

	"smalti/pkg/job"
	"smalti/pkg/message"
)

// Problem is an error as RFC 9457 has it: for programs its type and status, for people its detail, and the
// wrong inputs one by one.
type Problem struct { //nolint:errname // the word of RFC 9457
	Type   string          `json:"type"` // see TypesPath
	Title  string          `json:"title"`
	Status int             `json:"status"`
	Detail string          `json:"detail,omitempty"`
	Says   message.Message `json:"says,omitzero"` // what the detail is in words
	Errors job.Invalid     `json:"errors,omitempty"`

	Code        string   `json:"code,omitempty"`        // of a look-up of friends: a friends.Kind; of a mosaic that is gone: why
	Suggestions []string `json:"suggestions,omitempty"` // of the same: handles that may have been meant

	Retry *time.Duration `json:"-"` // sent as Retry-After
}

// TypesPath is the page that lists the types of problems, each under the code of its message.
const TypesPath = "/problems"

// New is a problem with an HTTP status.
func New(status int, m message.Message) *Problem {
	return &Problem{Type: TypesPath + "#" + m.Code, Title: http.StatusText(status), Status: status, Detail: m.Told().Text, Says: m}
}

// Invalid is the problem of inputs that cannot be accepted.
func Invalid(bad job.Invalid) *Problem {
	p := New(http.StatusUnprocessableEntity, bad.Message())
	p.Errors = bad
	return p
}

// Unavailable is a problem that should be over soon.
func Unavailable(m message.Message) *Problem {
	return New(http.StatusServiceUnavailable, m).retryAfter(10 * time.Second)
}

// retryAfter sets when it makes sense to try again.
func (p *Problem) retryAfter(wait time.Duration) *Problem {
	p.Retry = &wait
	return p
}

// Error implements error.
func (p *Problem) Error() string { return p.Title + ": " + p.Detail }

// In is the problem in a language.
func (p *Problem) In(c *message.Catalogue) *Problem {
	own := *p
	own.Detail = c.Tell(message.Told{Text: p.Detail, Says: p.Says})
	own.Errors = slices.Clone(p.Errors)
	for i, e := range own.Errors {
		own.Errors[i].Text = c.Tell(e.Told)
	}
	return &own
}

// Write sends the problem as JSON.
func (p *Problem) Write(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/problem+json")
	p.WriteHeader(w)
	_ = json.NewEncoder(w).Encode(p) // an error is a client that has gone
}

// WriteHeader sends what every answer to a problem has in common, whatever its body is.
func (p *Problem) WriteHeader(w http.ResponseWriter) {
	w.Header().Set("Cache-Control", "no-store")
	if p.Retry != nil {
		w.Header().Set("Retry-After", strconv.Itoa(int(p.Retry.Seconds())))
	}
	w.WriteHeader(p.Status)
}
