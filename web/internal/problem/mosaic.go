package problem

import (
	"errors"
	"net/http"
	"time"

	"smalti/pkg/job"
	"smalti/pkg/message"
	"smalti/web/internal/upkeep"
)

// What can be wrong with a mosaic that someone asks for.
var (
	ErrNoSuchMosaic   = New(http.StatusNotFound, message.New("problem.no_mosaic"))
	ErrDeleted        = gone("deleted", message.New("problem.deleted"))
	ErrMadeAndDeleted = gone("deleted", message.New("problem.made_and_deleted"))
	ErrLost           = gone("lost", upkeep.Lost)
	ErrQueueAway      = Unavailable(message.New("problem.queue_away"))
	ErrStoreAway      = Unavailable(message.New("problem.store_away"))
	ErrJournalAway    = Unavailable(message.New("problem.journal_away"))
)

// gone is the problem of a mosaic that is no more. The code says why.
func gone(code string, m message.Message) *Problem {
	p := New(http.StatusGone, m)
	p.Code = code
	return p
}

// Expired is the problem of a mosaic that was kept for so long.
func Expired(kept time.Duration) *Problem {
	return gone("expired", message.New("problem.expired", "kept", kept.Round(time.Hour)))
}

// OfLoss turns what [upkeep.Losses] finds out into a problem, and leaves other errors alone.
func OfLoss(err error) error {
	switch {
	case errors.Is(err, upkeep.ErrLost):
		return ErrLost
	case errors.Is(err, upkeep.ErrDeleted):
		return ErrDeleted
	case errors.Is(err, upkeep.ErrUnknown):
		return ErrNoSuchMosaic
	}
	return err
}

// Failure is what people are told of a failure, in a language; its details are for operators.
func Failure(c *message.Catalogue, f *job.Failure) *job.Failure {
	if f == nil {
		return nil
	}
	return &job.Failure{Code: f.Code, Told: message.Told{Text: f.In(c), Says: f.Says}}
}
