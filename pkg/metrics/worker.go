package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"smalti/pkg/job"
	"smalti/pkg/queue"
)

// Worker counts what the workers of a process do. It implements worker.Observer.
type Worker struct {
	Recovered
	wait     prometheus.Observer
	start    prometheus.Observer
	left     prometheus.Counter
	attempts *prometheus.CounterVec
	took     *prometheus.HistogramVec
	phases   *prometheus.HistogramVec
	missing  prometheus.Counter
	photos   prometheus.Counter
	bytes    prometheus.Counter
	busy     prometheus.Gauge
}

// NewWorker registers the metrics of the workers in this process.
func NewWorker(r prometheus.Registerer, swept Recovered) *Worker {
	f := with(r)
	w := &Worker{
		Recovered: swept,
		wait:      f.seconds("job_wait_seconds", "From the request to the start of a job's first attempt, by the clocks of two machines.").WithLabelValues(),
		start:     f.seconds("job_start_seconds", "From the pop of a job to the start of its attempt.").WithLabelValues(),
		left:      f.counter("jobs_left_total", "Jobs of a package version that this process does not read, left to workers that do."),
		attempts:  f.counters("attempts_total", "Attempts that ended: done, failed, retried, returned or lost; and the failure's code.", "outcome", "code"),
		took:      f.seconds("attempt_seconds", "How long attempts took.", "outcome"),
		phases:    f.seconds("phase_seconds", "How long the phases of rendering took.", "phase"),
		photos:    f.counter("photos_total", "Photos in finished mosaics."),
		missing:   f.counter("photos_missing_total", "Photos that finished mosaics had to do without."),
		bytes:     f.counter("delivered_bytes_total", "Bytes sent to the store."),
		busy:      f.gauge("worker_running_jobs", "Jobs that this process renders."),
	}
	for _, outcome := range []string{"done", "failed", "retried", "returned", "lost"} {
		w.attempts.WithLabelValues(outcome, "")
	}
	return w
}

// Began counts an attempt: how long ago it was requested, 0 except for the first attempt at a job, and popped, 0
// if that is not known.
func (w *Worker) Began(waited, popped time.Duration) {
	w.busy.Inc()
	if popped > 0 {
		w.start.Observe(popped.Seconds())
	}
	if waited > 0 {
		w.wait.Observe(waited.Seconds())
	}
}

// Phase measures a phase of rendering that is over.
func (w *Worker) Phase(p job.Phase, took time.Duration) {
	w.phases.WithLabelValues(string(p)).Observe(took.Seconds())
}

// Delivered counts bytes sent to the store.
func (w *Worker) Delivered(bytes int64) { w.bytes.Add(float64(bytes)) }

// Ended counts an attempt by its outcome. The result is empty unless there is a mosaic.
func (w *Worker) Ended(outcome string, code job.Code, took time.Duration, result job.Result) {
	w.busy.Dec()
	w.attempts.WithLabelValues(outcome, string(code)).Inc()
	w.took.WithLabelValues(outcome).Observe(took.Seconds())
	w.photos.Add(float64(result.Friends))
	w.missing.Add(float64(result.Missing))
}

// Left counts a package of a version that this worker does not read.
func (w *Worker) Left() { w.left.Inc() }

// Recovered counts the jobs that sweeps of this process put back.
type Recovered struct{ jobs *prometheus.CounterVec }

// NewRecovered registers the counter.
func NewRecovered(r prometheus.Registerer) Recovered {
	c := with(r).counters("recovered_jobs_total", "Jobs that this process put back or gave up after something broke, by cause.", "cause")
	all := Recovered{c}
	all.Swept(queue.Swept{}) // every cause is there from the start
	return all
}

// Swept counts what a sweep did.
func (r Recovered) Swept(s queue.Swept) {
	for cause, n := range map[string]int{
		"unclaimed": s.Unclaimed, "expired": s.Expired, "due": s.Due, "dead": s.Dead, "damaged": s.Damaged,
		"unread": s.Unread, "rejoined": s.Rejoined, "rewritten": s.Rewritten,
	} {
		r.jobs.WithLabelValues(cause).Add(float64(n))
	}
}
