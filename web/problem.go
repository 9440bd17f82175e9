package main

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"time"

	"smalti/pkg/job"
	"smalti/web/internal/upkeep"
)

// problem is an error as RFC 9457 has it: for programs its type and status, for people its detail,
// and the wrong inputs one by one.
type problem struct {
	Type   string      `json:"type"`
	Title  string      `json:"title"`
	Status int         `json:"status"`
	Detail string      `json:"detail,omitempty"`
	Errors job.Invalid `json:"errors,omitempty"`

	Code        string   `json:"code,omitempty"`        // of a look-up of friends: a friends.Kind; of a mosaic that is gone: why
	Suggestions []string `json:"suggestions,omitempty"` // of the same: handles that may have been meant

	Retry *time.Duration `json:"-"` // sent as Retry-After
}

// Error makes a problem an error, so that a handler's helpers can return one.
func (p *problem) Error() string { return p.Title + ": " + p.Detail }

// Sentence is what the person is told.
func (p *problem) Sentence() string { return p.Detail }

// maxDetail is longer than any sentence here, in bytes.
const maxDetail = 1 << 10

func newProblem(status int, detail string) *problem {
	return &problem{Type: "about:blank", Title: http.StatusText(status), Status: status, Detail: job.Clip(detail, maxDetail)}
}

// invalid is the problem of inputs that cannot be accepted.
func invalid(bad job.Invalid) *problem {
	p := newProblem(http.StatusUnprocessableEntity, bad.Sentence())
	p.Errors = bad
	return p
}

func unavailable(detail string) *problem {
	p := newProblem(http.StatusServiceUnavailable, detail)
	p.Retry = new(10 * time.Second)
	return p
}

// gone is the problem of a mosaic that was here and is no more. The code says why: deleted, for one.
func gone(code, detail string) *problem {
	p := newProblem(http.StatusGone, detail)
	p.Code = code
	return p
}

// expired is the problem of a mosaic that was kept for as long as it was to be.
func expired(kept time.Duration) *problem {
	return gone("expired", "This mosaic was kept for "+inDays(kept)+" and has expired.")
}

// The problems that more than one handler has.
var (
	errNoSuchMosaic   = newProblem(http.StatusNotFound, "There is no mosaic at this address. It may have expired, or been deleted by whoever made it.")
	errQueueAway      = unavailable("The queue cannot be reached at the moment. Please try again in a little while.")
	errDeleted        = gone("deleted", "This mosaic was deleted by whoever made it.")
	errLost           = gone("lost", upkeep.LostSentence)
	errMadeAndDeleted = gone("deleted", "This mosaic was made and deleted. Reload the page to make another one.")
	errJournalFault   = unavailable("What we have noted about this mosaic cannot be read at the moment. Please try again in a little while.")
	errStoreAway      = unavailable("The store cannot be reached at the moment. Please try again in a little while.")
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
