package intake

import (
	"context"
	"errors"
	"mime"
	"net/http"
	"time"

	"smalti/pkg/job"
	"smalti/pkg/message"
	"smalti/pkg/queue"
	"smalti/web/internal/choices"
	"smalti/web/internal/limits"
	"smalti/web/internal/problem"
)

// Limits of one request.
const (
	maxJSON   = job.MaxPackageBytes
	minKey    = 16 // a shorter idempotency key could be somebody else's
	maxKey    = 200
	putPeriod = 5 * time.Second
)

// accept reads a request for a mosaic in whichever form it came, and accepts it. When it returns an
// id without an error, the mosaic is promised: its package is on this server's disk, or was on one's
// before.
func (in *submission) accept(w http.ResponseWriter, r *http.Request) (id string, err error) {
	in.running.Add(1)
	defer in.running.Done()
	limits.Pace(w, r) // the server's own read timeout is for requests without photos
	in.sender = r
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err := in.useKey(r.Header.Get("Idempotency-Key")); err != nil {
		return "", err
	}
	switch kind {
	case "application/json":
		r.Body = http.MaxBytesReader(w, r.Body, maxJSON)
		err = in.fromJSON(r)
	case "multipart/form-data":
		r.Body = http.MaxBytesReader(w, r.Body, choices.MaxUpload+maxJSON)
		err = in.fromForm(r)
	default:
		return "", problem.New(http.StatusUnsupportedMediaType, message.New("problem.media_type"))
	}
	if err == nil {
		err = in.takeOn(r.Context())
	}
	if err != nil || in.earlier.known {
		in.discard(context.WithoutCancel(r.Context()))
	}
	if err != nil {
		in.unclaim(context.WithoutCancel(r.Context()))
		if errors.Is(err, limits.ErrTooSlow) {
			w.Header().Set("Connection", "close")
		}
		return "", tooLong(err)
	}
	in.endBatch()
	in.giveToken(w)
	return in.id, nil
}

// takeOn promises what was read, or finds that it is promised already: then nothing else matters, neither
// who can be looked up now nor who has room.
func (in *submission) takeOn(ctx context.Context) error {
	in.print = in.request.fingerprint(in.files)
	in.identify()
	in.lookBack(ctx)
	if in.earlier.known {
		return in.earlier.same(in.print)
	}
	p, err := in.toPackage(ctx)
	if err != nil {
		return err
	}
	if err := in.fits(ctx, p); err != nil {
		return err
	}
	if err := in.sign(ctx, p); err != nil {
		return err
	}
	if in.quota != nil {
		if err := in.quota.Commit(limits.KeepUploads); err != nil {
			return err
		}
	}
	return in.promise(ctx, p)
}

// promise journals a package and puts it on the queue. A queue that is away does not matter, since
// the reconciler brings it what is in the journal; a queue that is full does. What was promised before
// is never taken back.
func (in *submission) promise(ctx context.Context, p *job.Package) error {
	defer in.Journal.Lock(p.ID)()
	if in.Journal.IsDeleted(p.ID) {
		return problem.ErrMadeAndDeleted
	}
	if in.lookIntoJournal(p.ID) { // somebody asked at the same time
		return in.earlier.same(in.print)
	}
	if err := in.JournalQuota.Check(ctx, in.Queue, p); err != nil {
		return err
	}
	if err := in.Journal.Add(p); err != nil {
		in.Log.Error("accepting", "job", p.ID, "error", err)
		return problem.Unavailable(message.New("problem.not_accepting"))
	}
	in.Log.Info("accepted", "job", p.ID, "friends", len(p.Friends), "priority", p.Priority)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), putPeriod)
	defer cancel()
	created, err := in.Queue.Put(ctx, p)
	bad, isInvalid := errors.AsType[job.Invalid](err)
	switch {
	case errors.Is(err, queue.ErrClientFull):
		in.withdraw(p.ID)
		return problem.ErrClientQueueFull
	case errors.Is(err, queue.ErrFull):
		in.Log.Warn("queue full", "job", p.ID)
		in.withdraw(p.ID)
		return problem.ErrQueueFull
	case errors.Is(err, queue.ErrDeleted):
		in.withdraw(p.ID)
		return problem.ErrMadeAndDeleted
	case errors.Is(err, queue.ErrOtherRequest):
		in.withdraw(p.ID)
		return errOtherRequest
	case isInvalid:
		in.withdraw(p.ID)
		return bad
	case err != nil:
		in.Log.Warn("accepted, to be queued later", "job", p.ID, "error", err)
	case created:
		in.Log.Info("queued", "job", p.ID)
	default:
		in.Log.Info("queued already", "job", p.ID)
		// Another server promised it, with photos of its own. Or the answer to our own put was lost and the
		// client of Redis repeated it: then it is our photos that the job needs. Where nobody can say, they
		// stay.
		if in.batch == "" {
			break
		}
		if ours, err := in.Queue.HasPackage(ctx, p); err == nil && !ours {
			in.withdraw(p.ID)
			in.earlier.known = true
		}
	}
	return nil
}

// withdraw takes a package out of the journal that was not promised.
func (in *submission) withdraw(id string) {
	if err := in.Journal.Done(id); err != nil {
		in.Log.Error("taking back", "job", id, "error", err)
	}
}

// tooLong gives the body that was cut off its own problem.
func tooLong(err error) error {
	if cut, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return problem.New(http.StatusRequestEntityTooLarge, message.New("problem.too_large", "limit", cut.Limit))
	}
	return err
}
