package main

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"time"

	"smalti/pkg/job"
	"smalti/pkg/message"
	"smalti/web/internal/upkeep"
)

// problem is an error as RFC 9457 has it: for programs its type and status, for people its detail,
// and the wrong inputs one by one.
type problem struct {
	Type   string          `json:"type"` // see problemTypes
	Title  string          `json:"title"`
	Status int             `json:"status"`
	Detail string          `json:"detail,omitempty"`
	Says   message.Message `json:"says,omitzero"` // what the detail is in words
	Errors job.Invalid     `json:"errors,omitempty"`

	Code        string   `json:"code,omitempty"`        // of a look-up of friends: a friends.Kind; of a mosaic that is gone: why
	Suggestions []string `json:"suggestions,omitempty"` // of the same: handles that may have been meant

	Retry *time.Duration `json:"-"` // sent as Retry-After
}

// Error makes a problem an error, so that a handler's helpers can return one.
func (p *problem) Error() string { return p.Title + ": " + p.Detail }

// problemTypes is the page that lists the types of problems, each under the code of its message.
const problemTypes = "/problems"

func newProblem(status int, m message.Message) *problem {
	return &problem{Type: problemTypes + "#" + m.Code, Title: http.StatusText(status), Status: status, Detail: m.Told().Text, Says: m}
}

// invalid is the problem of inputs that cannot be accepted.
func invalid(bad job.Invalid) *problem {
	p := newProblem(http.StatusUnprocessableEntity, bad.Message())
	p.Errors = bad
	return p
}

func unavailable(m message.Message) *problem {
	return later(newProblem(http.StatusServiceUnavailable, m), 10*time.Second)
}

// in is the problem in a language.
func (p *problem) in(c *message.Catalogue) *problem {
	own := *p
	own.Detail = c.Tell(message.Told{Text: p.Detail, Says: p.Says})
	own.Errors = slices.Clone(p.Errors)
	for i, e := range own.Errors {
		own.Errors[i].Text = c.Tell(e.Told)
	}
	return &own
}

// failureIn is what a person is told of a failure, in a language; its details are for ops.
func failureIn(c *message.Catalogue, f *job.Failure) *job.Failure {
	if f == nil {
		return nil
	}
	return &job.Failure{Code: f.Code, Told: message.Told{Text: f.In(c), Says: f.Says}}
}

// gone is the problem of a mosaic that was here and is no more. The code says why: deleted, for one.
func gone(code string, m message.Message) *problem {
	p := newProblem(http.StatusGone, m)
	p.Code = code
	return p
}

// expired is the problem of a mosaic that was kept for as long as it was to be.
func expired(kept time.Duration) *problem {
	return gone("expired", message.New("problem.expired", "kept", kept.Round(time.Hour)))
}

// The problems that more than one handler has.
var (
	errNoSuchMosaic   = newProblem(http.StatusNotFound, message.New("problem.no_mosaic"))
	errQueueAway      = unavailable(message.New("problem.queue_away"))
	errDeleted        = gone("deleted", message.New("problem.deleted"))
	errLost           = gone("lost", upkeep.Lost)
	errMadeAndDeleted = gone("deleted", message.New("problem.made_and_deleted"))
	errJournalFault   = unavailable(message.New("problem.journal_away"))
	errStoreAway      = unavailable(message.New("problem.store_away"))
)

// problemOfLoss turns what [upkeep.Losses] finds out into a problem, and leaves other errors alone.
func problemOfLoss(err error) error {
	switch {
	case errors.Is(err, upkeep.ErrLost):
		return errLost
	case errors.Is(err, upkeep.ErrDeleted):
		return errDeleted
	case errors.Is(err, upkeep.ErrUnknown):
		return errNoSuchMosaic
	}
	return err
}

func (p *problem) write(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/problem+json")
	p.writeHeader(w)
	json.NewEncoder(w).Encode(p)
}

// writeHeader sends what every answer to a problem has in common, whatever its body is.
func (p *problem) writeHeader(w http.ResponseWriter) {
	w.Header().Set("Cache-Control", "no-store")
	if p.Retry != nil {
		w.Header().Set("Retry-After", strconv.Itoa(int(p.Retry.Seconds())))
	}
	w.WriteHeader(p.Status)
}
