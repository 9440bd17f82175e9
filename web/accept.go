package main

import (
	"context"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"time"

	"smalti/pkg/job"
	"smalti/pkg/queue"
)

// Limits of one request.
const (
	maxJSON      = job.MaxPackageBytes
	maxUpload    = 512 << 20 // photos of one mosaic, in bytes
	minKey       = 16        // a shorter idempotency key could be somebody else's
	maxKey       = 200
	uploadPeriod = 15 * time.Minute // for a slow line
	putPeriod    = 5 * time.Second
)

// accept reads a request for a mosaic in whichever form it came, and takes it on. When it returns
// without an error, the mosaic is promised: its package is on this server's disk.
func (in *intake) accept(w http.ResponseWriter, r *http.Request) (*job.Package, error) {
	// The server's own read timeout is for requests without photos.
	http.NewResponseController(w).SetReadDeadline(time.Now().Add(uploadPeriod))
	in.sender, in.maker, in.key = r, ensureMaker(w, r), r.Header.Get("Idempotency-Key")
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	var p *job.Package
	var err error
	switch kind {
	case "application/json":
		r.Body = http.MaxBytesReader(w, r.Body, maxJSON)
		p, err = in.fromJSON(r)
	case "multipart/form-data":
		r.Body = http.MaxBytesReader(w, r.Body, maxUpload+maxJSON)
		p, err = in.fromForm(r)
	default:
		return nil, newProblem(http.StatusUnsupportedMediaType, "A mosaic is asked for with application/json or multipart/form-data.")
	}
	if err == nil {
		p = in.firstOf(r.Context(), p)
		err = in.fits(r.Context(), p)
	}
	if err == nil {
		err = in.promise(r.Context(), p)
	}
	if err != nil {
		in.discard(context.WithoutCancel(r.Context()))
		return nil, tooLong(err)
	}
	return p, nil
}

// firstOf is the package that was accepted for the same mosaic before, where this is a repetition: its
// photos are in the store already, and those that came again are not needed.
func (in *intake) firstOf(ctx context.Context, p *job.Package) *job.Package {
	first, err := in.journal.Package(p.ID)
	if err != nil {
		return p
	}
	in.discard(context.WithoutCancel(ctx))
	return first
}

// promise journals a package and puts it on the queue. A queue that is away does not matter, since
// the reconciler brings it what is in the journal; a queue that is full does.
func (s *server) promise(ctx context.Context, p *job.Package) error {
	if s.journal.Buried(p.ID) {
		return errMadeAndDeleted
	}
	if err := s.journal.Add(p); err != nil {
		s.log.Error("accepting", "job", p.ID, "error", err)
		return unavailable("New mosaics cannot be taken on at the moment. Please try again in a little while.")
	}
	s.log.Info("accepted", "job", p.ID, "friends", len(p.Friends), "priority", p.Priority)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), putPeriod)
	defer cancel()
	created, err := s.queue.Put(ctx, p)
	switch {
	case errors.Is(err, queue.ErrFull):
		s.log.Warn("queue full", "job", p.ID)
		if err := s.journal.Done(p.ID); err != nil {
			s.log.Error("taking back", "job", p.ID, "error", err)
		}
		return unavailable("Too many mosaics are waiting already. Please try again in a few minutes.")
	case errors.Is(err, queue.ErrDeleted):
		if err := s.journal.Done(p.ID); err != nil {
			s.log.Error("taking back", "job", p.ID, "error", err)
		}
		return errMadeAndDeleted
	case err != nil:
		s.log.Warn("accepted, to be queued later", "job", p.ID, "error", err)
	case created:
		s.log.Info("queued", "job", p.ID)
	default:
		s.log.Info("queued already", "job", p.ID)
	}
	return nil
}

// tooLong gives the body that was cut off its own problem.
func tooLong(err error) error {
	if cut, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return newProblem(http.StatusRequestEntityTooLarge, "That is too much at once: "+megabytes(cut.Limit)+" is the most.")
	}
	return err
}

// idFor derives the mosaic's id from the idempotency key, or invents one where there is none.
func idFor(maker, key string) (string, error) {
	switch {
	case key == "":
		return job.NewID(), nil
	case len(key) < minKey || len(key) > maxKey:
		return "", newProblem(http.StatusBadRequest, "An Idempotency-Key must have 16 to 200 characters.")
	}
	return job.IDFor(maker, key), nil
}

func megabytes(n int64) string { return fmt.Sprintf("%d MB", n>>20) }
