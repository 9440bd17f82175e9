package worker

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"smalti/pkg/counting"
	"smalti/pkg/job"
	"smalti/pkg/queue"
	"smalti/pkg/render"
)

const (
	// idleSilence is how long the loop may take for one turn without a job: a pop, and a pause when
	// Redis is away, take half of it.
	idleSilence = 30 * time.Second

	// busySilence is how long a job may show no sign of progress: longer than any single download,
	// reply of the store or step of the solver is allowed or known to take.
	busySilence = 90 * time.Second

	// overtime is what a job gets to end once its time is over.
	overtime = 45 * time.Second
)

// pulse is the time of the last thing that really moved. Nothing may feed it on a timer of its own:
// it would beat on in a worker that does nothing any more.
type pulse struct {
	mu    sync.Mutex
	last  time.Time
	busy  bool
	since time.Time // when the job began
}

func (p *pulse) beat() {
	p.mu.Lock()
	p.last = time.Now()
	p.mu.Unlock()
}

// excuse is a beat of a job that has waited for so long, which its time does not count.
func (p *pulse) excuse(waited time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.last = time.Now()
	p.since = p.since.Add(waited)
}

func (p *pulse) working(busy bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.last = time.Now()
	p.busy, p.since = busy, p.last
}

// end is for when the loop has ended: nothing has to move from then on.
func (p *pulse) end() {
	p.mu.Lock()
	p.last, p.busy = time.Time{}, false
	p.mu.Unlock()
}

// Alive reports whether this worker really moves; nil means that it does. It is for a watchdog, such
// as systemd's: ask several times within its period, notify it only on nil, and let it restart the
// program otherwise.
//
// A worker moves when its loop turns (it asks the queue for a job, and waits a little where the
// queue is away: a restart would not mend Redis, so that this is no error), and with a job, when
// photos arrive, the solver or the composer come further, or bytes go to the store. The error says
// what has not moved for how long: 30 s without a job, 90 s with one, or a job that goes on 45 s
// after JobTimeout. Before Run, and after it, there is nothing to move, and Alive returns nil.
//
// It may be called at any time, from any goroutine, and never waits.
func (w *Worker) Alive() error {
	w.pulse.mu.Lock()
	defer w.pulse.mu.Unlock()
	p := &w.pulse
	if p.last.IsZero() {
		return nil
	}
	silent := time.Since(p.last).Round(time.Second)
	switch {
	case !p.busy && silent > idleSilence:
		return fmt.Errorf("worker %s has not asked for a job for %v", w.Name, silent)
	case p.busy && silent > busySilence:
		return fmt.Errorf("worker %s has come no further with its job for %v", w.Name, silent)
	case p.busy && time.Since(p.since) > w.JobTimeout+overtime:
		return fmt.Errorf("worker %s cannot end a job whose time of %v is over", w.Name, w.JobTimeout)
	}
	return nil
}

// watched is a delivery whose every written byte is a sign of life.
type watched struct {
	render.Delivery
	pulse    *pulse
	observer Observer
	mine     func(ctx context.Context) error // renews the lease
}

func (d watched) Put(ctx context.Context, name string, write func(io.Writer) error) error {
	return d.Delivery.Put(ctx, name, func(w io.Writer) error {
		return write(&counting.Writer{Writer: w, Written: func(n int) {
			d.observer.Delivered(int64(n))
			if n > 0 {
				d.pulse.beat()
			}
		}})
	})
}

func (d watched) Commit(ctx context.Context, result job.Result) error {
	d.pulse.beat()
	// The job may be another worker's by now, or deleted: then the mosaic must not appear. Where the queue
	// cannot say, it appears, and the web servers remove it should it have been deleted.
	if err := d.mine(ctx); errors.Is(err, queue.ErrLeaseLost) {
		return err
	}
	return d.Delivery.Commit(ctx, result)
}
