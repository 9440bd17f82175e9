// Package worker is the rendering daemon: it takes jobs from the queue one at a time, has them
// rendered and delivered, and says so. Everything that it knows about a job it can lose at any
// moment: the queue gives the job to another worker when this one falls silent.
package worker

import (
	"context"
	crand "crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"strings"
	"sync"
	"time"

	"smalti/pkg/job"
	"smalti/pkg/outage"
	"smalti/pkg/queue"
	"smalti/pkg/render"
	"smalti/pkg/store"
)

// Queue is what a worker needs of the queue.
type Queue interface {
	Take(ctx context.Context, worker string) (*queue.Lease, error)
	Renew(ctx context.Context, l *queue.Lease, p job.Progress) error
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
	Sweeper
}

// Store is what a worker needs of the store.
type Store interface {
	Ping(ctx context.Context) error
	Manifest(ctx context.Context, id string) (*store.Manifest, error)
	Deliver(ctx context.Context, id, token string) (*store.Delivery, error)
	DeleteUploads(ctx context.Context, id string) error
}

// Worker renders jobs. Fill the fields, then call Run once.
type Worker struct {
	Name   string // unique among the workers of a queue; where it lasts, a restart takes back its job
	Queue  Queue
	Store  Store
	Photos render.Photos
	Log    *slog.Logger

	Released func(ctx context.Context, batch string) // told of uploads that were deleted; may be nil
	Belongs  func(ctx context.Context) error         // why Store is not the one of Queue; may be nil

	Memory       int64         // bytes that a job may take, see LimitMemory; 0: any number
	Lease        time.Duration // what the queue gives; 0: its default of 12 s
	JobTimeout   time.Duration // an attempt may take this long
	DrainTimeout time.Duration // what a running job gets after Run was told to stop

	Observer Observer        // may be nil
	Outages  *outage.Monitor // told what this worker waits for; may be nil
	Version  string          // of the program, for whoever looks at the clones
	Ready    func()          // called once, when it has its name and takes jobs; may be nil

	mu       sync.Mutex
	instance string // tells this run from all others of the same name
	busy     string // the id of the job being rendered
	phase    job.Phase
	since    time.Time     // when the attempt began
	count    int64         // attempts that ended
	spent    time.Duration // on them
	stop     bool          // draining
	waits    string        // for what; see queue.Beat

	full     error         // why the last attempt was handed back, where the store was full
	fullWait time.Duration // the last wait for room; the loop's alone

	unreadSince map[string]time.Time // jobs whose uploads the store did not give out; the loop's alone

	pulse pulse
}

const (
	beatEvery  = time.Second // half of the silence after which a name may be taken
	maxBackoff = 5 * time.Second
)

// Run works until ctx ends, then drains: it takes no new job, and finishes the one it has or hands
// it back. It returns when all of its goroutines have ended. The error is [queue.ErrNameTaken] when
// another living worker has this one's name: then it takes no job, and lets go of the one it has.
func (w *Worker) Run(ctx context.Context) error {
	w.instance = crand.Text()
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
	wg.Go(func() { Sweep(life, w.Queue, w.observer().Swept, w.Log) })
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

// nameTaken tells of the end of this worker where it is seen after it: a restart would not mend it, so
// that nobody restarts it, and its own metrics are gone with it.
func (w *Worker) nameTaken(ctx context.Context) {
	w.Log.Error("another worker that lives has this name, so that this one stops", "worker", w.Name, "do", "give each clone a -name of its own, or none")
	err := within(context.WithoutCancel(ctx), callTime, w.Queue.NoteNameTaken)
	if err != nil {
		w.Log.Debug("noting that the name is taken", "worker", w.Name, "error", err)
	}
}

// join takes the name, and what an earlier run that died under it held. A queue that is away is
// waited for.
func (w *Worker) join(ctx context.Context) error {
	var backoff time.Duration
	for {
		w.pulse.beat()
		gave, err := w.Queue.Join(ctx, w.now())
		switch {
		case err == nil && gave != "":
			w.Log.Info("put back what this worker held when it died", "worker", w.Name, "job", gave)
			w.observer().Swept(queue.Swept{Rejoined: 1})
			return nil
		case err == nil || errors.Is(err, queue.ErrNameTaken):
			w.Outages.Redis(nil)
			return err
		case ctx.Err() != nil:
			return ctx.Err()
		}
		w.Outages.Redis(err)
		backoff = pause(ctx, backoff)
	}
}

// now is the heartbeat of this moment.
func (w *Worker) now() queue.Beat {
	w.mu.Lock()
	defer w.mu.Unlock()
	return queue.Beat{
		Worker: w.Name, Instance: w.instance, Version: w.Version, Reads: job.Version, Job: w.busy, Phase: w.phase, Since: w.since.UTC(),
		Waits: w.waits, Draining: w.stop, Memory: w.Memory, Ended: w.count, Spent: w.spent.Seconds(),
	}
}

// takeAll pops until ctx ends. A queue that cannot be reached is asked again, more and more slowly,
// and complained about once.
func (w *Worker) takeAll(ctx context.Context) {
	var backoff time.Duration
	var checked time.Time
	for ctx.Err() == nil {
		w.pulse.beat()
		if time.Since(checked) >= storeCheckEvery {
			w.awaitOwnStore(ctx)
			checked = time.Now()
		}
		lease, err := w.Queue.Take(ctx, w.Name)
		if rejected, ok := errors.AsType[*queue.Rejected](err); ok {
			w.failed(job.BadPackage)
			w.Log.Warn("package rejected", "worker", w.Name, "job", rejected.ID, "error", rejected)
			continue
		}
		if left, ok := errors.AsType[*queue.OtherVersion](err); ok {
			w.left(left)
			continue
		}
		if err != nil {
			if ctx.Err() != nil {
				return
			}
			w.Outages.Redis(err)
			backoff = pause(ctx, backoff)
			continue
		}
		w.Outages.Redis(nil)
		backoff = 0
		if lease != nil && !w.tooLarge(ctx, lease) {
			if outcome := w.work(ctx, lease); outcome == outcomeRetried || outcome == outcomeReturned {
				w.awaitStore(ctx)
			}
			w.awaitRoom(ctx)
		}
	}
}

// left tells of a package that other workers read, or will. Where none lives, somebody should know.
func (w *Worker) left(l *queue.OtherVersion) {
	w.observer().Left()
	log := w.Log.With("worker", w.Name, "job", l.ID, "version", l.Version, "reads", job.Version)
	if l.Read {
		log.Info("job left to a worker that reads its version")
	} else {
		log.Warn("job left, but no worker lives that reads its version: it waits for one")
	}
}

// pause sleeps for about twice as long as the last time, and returns how long that was to be. The
// jitter keeps a fleet of workers from asking a restarted Redis all at once.
func pause(ctx context.Context, last time.Duration) time.Duration {
	next := min(max(2*last, 100*time.Millisecond), maxBackoff)
	select {
	case <-ctx.Done():
	case <-time.After(next/2 + rand.N(next)):
	}
	return next
}

// beat tells that this worker lives. One that was frozen, or cut off for long, may find that another
// run has its name by now: it stops.
func (w *Worker) beat(ctx context.Context, stop context.CancelCauseFunc) {
	tick := time.NewTicker(beatEvery)
	defer tick.Stop()
	for {
		err := within(ctx, callTime, func(ctx context.Context) error { return w.Queue.Beat(ctx, w.now()) })
		if errors.Is(err, queue.ErrNameTaken) {
			stop(err)
			return
		}
		if err != nil && ctx.Err() == nil {
			w.Log.Debug("heartbeat", "worker", w.Name, "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// UniqueName is told from every other clone's, and from what this machine ran before.
func UniqueName() string {
	host, err := os.Hostname()
	if err != nil {
		host = "worker"
	}
	return fmt.Sprintf("%s-%d-%s", host, os.Getpid(), strings.ToLower(crand.Text()[:6]))
}
