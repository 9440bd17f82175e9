// Package worker is the rendering daemon: it takes jobs from the queue one at a time, has them
// rendered and delivered, and says so. Everything that it knows about a job it can lose at any
// moment: the queue gives the job to another worker when this one falls silent.
package worker

import (
	"context"
	crand "crypto/rand"
	"errors"
	"log/slog"
	"sync"
	"time"

	"smalti/pkg/fleet"
	"smalti/pkg/job"
	"smalti/pkg/outage"
	"smalti/pkg/pause"
	"smalti/pkg/queue"
	"smalti/pkg/render"
	"smalti/pkg/store"
)

// Queue is what a worker needs of the queue.
type Queue interface {
	Take(ctx context.Context, worker string) (*queue.Lease, error)
	Renew(ctx context.Context, l *queue.Lease, p job.Progress) error
	Look(ctx context.Context, l *queue.Lease, r job.Result) error
	Finish(ctx context.Context, l *queue.Lease, r job.Result) error
	Fail(ctx context.Context, l *queue.Lease, f job.Failure) error
	Retry(ctx context.Context, l *queue.Lease, f job.Failure) error
	GiveBack(ctx context.Context, l *queue.Lease) error
	Decline(ctx context.Context, l *queue.Lease, delay time.Duration) error
	Beats(ctx context.Context) ([]queue.Beat, error)
	Join(ctx context.Context, b queue.Beat) (gave string, err error)
	Beat(ctx context.Context, b queue.Beat) error
	Leave(ctx context.Context, b queue.Beat) error
	NoteNameTaken(ctx context.Context) error
	AwaitSweep(ctx context.Context) bool
	fleet.Sweeper
}

// Store is what a worker needs of the store.
type Store interface {
	Ping(ctx context.Context) error
	Manifest(ctx context.Context, id string) (*store.Manifest, error)
	Deliver(ctx context.Context, id, token string) (store.Delivery, error)
	DeleteUploads(ctx context.Context, id string) error
}

// Config says what a worker works on, and how.
type Config struct {
	Name   string // unique among the workers of a queue; a restart under the same name takes back its job. Empty: host, process and chance
	Queue  Queue
	Store  Store
	Photos render.Photos
	Log    *slog.Logger

	Released   func(ctx context.Context, batch string) // called after uploads were deleted; may be nil
	CheckStore func(ctx context.Context) error         // says why Store is not the one of Queue; may be nil

	Memory       int64         // bytes that a job may take; 0: no limit
	Lease        time.Duration // how long the queue lets a job go without a sign of life; 0: its default of 12 s
	JobTimeout   time.Duration // of one attempt; 0: [DefaultJobTimeout]
	DrainTimeout time.Duration // what a running job gets after Run was told to stop

	Observer Observer        // may be nil
	Outages  *outage.Monitor // may be nil
	Ready    func()          // called once, when the worker has its name and takes jobs; may be nil
}

// DefaultJobTimeout is what an attempt gets if the configuration does not say.
const DefaultJobTimeout = 5 * time.Minute

// Worker renders jobs. Its methods are safe for concurrent use; Run is called once.
type Worker struct {
	Config
	instance string // tells this run from all others of the same name
	status   status
	pulse    pulse
	share    *share
	sweeps   bool // one worker of a process is enough

	// These are the loop's alone.
	full        error                // why the last attempt was handed back, where the store was full
	fullWait    time.Duration        // the last wait for a store with room
	unreadSince map[string]time.Time // jobs whose uploads the store did not return
}

// New returns a worker that does nothing until Run.
func New(c Config) *Worker {
	if c.Name == "" {
		c.Name = uniqueName()
	}
	if c.Lease == 0 {
		c.Lease = queue.DefaultLease
	}
	if c.JobTimeout == 0 {
		c.JobTimeout = DefaultJobTimeout
	}
	if c.Observer == nil {
		c.Observer = nobody{}
	}
	return &Worker{Config: c, instance: crand.Text(), share: newShare(0), sweeps: true}
}

const (
	beatEvery  = time.Second // half of the silence after which a name may be taken
	maxBackoff = 5 * time.Second
)

// Run works until ctx ends, then drains: it takes no new job, and finishes the one it has or hands
// it back. It returns when all of its goroutines have ended. The error is [queue.ErrNameTaken] when
// another living worker has this one's name: then it takes no job, and lets go of the one it has.
func (w *Worker) Run(ctx context.Context) error {
	defer w.pulse.end()
	if err := w.join(ctx); err != nil {
		if ctx.Err() != nil {
			return nil
		}
		w.nameTaken(ctx)
		return err
	}
	w.Log.Info("worker ready", "worker", w.Name)
	if w.Ready != nil {
		w.Ready()
	}
	running, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	// The heartbeat goes on while draining: a draining worker is not dead.
	life, over := context.WithCancel(context.WithoutCancel(ctx))
	var wg sync.WaitGroup
	wg.Go(func() { w.beat(life, stop) })
	if w.sweeps {
		wg.Go(func() { fleet.Sweep(life, w.Queue, w.Queue.AwaitSweep, w.Observer.Swept, w.Log) })
	}
	w.takeAll(running)
	over()
	wg.Wait()
	leaving, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	if err := w.Queue.Leave(leaving, w.now()); err != nil {
		w.Log.Debug("signing off", "worker", w.Name, "error", err)
	}
	w.Log.Info("worker stopped", "worker", w.Name)
	if err := context.Cause(running); errors.Is(err, queue.ErrNameTaken) {
		w.nameTaken(ctx)
		return err
	}
	return nil
}

// takeAll takes jobs until ctx ends. While the queue is unavailable it retries, more and more slowly.
func (w *Worker) takeAll(ctx context.Context) {
	var backoff time.Duration
	var checked time.Time
	for ctx.Err() == nil {
		w.pulse.beat()
		if time.Since(checked) >= storeCheckEvery {
			w.awaitRightStore(ctx)
			checked = time.Now()
		}
		if w.pulse.during(func() error { return w.share.room(ctx) }) != nil {
			return
		}
		lease, err := w.Queue.Take(ctx, w.Name)
		if rejected, ok := errors.AsType[*queue.RejectedError](err); ok {
			w.failed(job.BadPackage)
			w.Log.Warn("package rejected", "worker", w.Name, "job", rejected.ID, "error", rejected)
			continue
		}
		if left, ok := errors.AsType[*queue.OtherVersionError](err); ok {
			w.left(left)
			continue
		}
		if err != nil {
			if ctx.Err() != nil {
				return
			}
			w.Outages.Redis(err)
			backoff = backOff(ctx, backoff)
			continue
		}
		w.Outages.Redis(nil)
		backoff = 0
		if lease == nil {
			w.share.rest()
		} else if !w.tooLarge(ctx, lease) {
			if outcome := w.work(ctx, lease); outcome == outcomeRetried || outcome == outcomeReturned {
				w.awaitStore(ctx)
			}
			w.awaitRoom(ctx)
		}
	}
}

// left reports a package of a version that this worker does not read, and others may.
func (w *Worker) left(l *queue.OtherVersionError) {
	w.Observer.Left()
	log := w.Log.With("worker", w.Name, "job", l.ID, "version", l.Version, "reads", job.Version)
	if l.Read {
		log.Info("job left to a worker that reads its version")
	} else {
		log.Warn("job left, but no live worker reads its version")
	}
}

// backOff waits for about twice as long as last, and returns how long that was before the jitter, which
// keeps a fleet of workers from asking a restarted Redis all at once.
func backOff(ctx context.Context, last time.Duration) time.Duration {
	next := min(max(2*last, 100*time.Millisecond), maxBackoff)
	pause.About(ctx, next)
	return next
}
