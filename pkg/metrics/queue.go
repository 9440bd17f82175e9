package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"smalti/pkg/fleet"
	"smalti/pkg/job"
)

// Queue exports what a fleet.Watcher sees. Every web server exports the same: take the maximum over them, not
// the sum.
type Queue struct {
	view func() fleet.View
}

// NewQueue returns a collector of what view returns.
func NewQueue(view func() fleet.View) *Queue { return &Queue{view} }

func describe(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(prometheus.BuildFQName(namespace, "", name), help, labels, nil)
}

var (
	queueUp       = describe("queue_up", "1 if the queue could be reached when it was last looked at.")
	queueWaiting  = describe("queue_waiting_jobs", "Jobs on a list.", "list")
	queueOldest   = describe("queue_oldest_waiting_seconds", "Age of the job of a list that is next.", "list")
	queueOpen     = describe("queue_open_jobs", "Jobs that have not ended.")
	queueRunning  = describe("queue_running_jobs", "Jobs that a living worker renders.")
	queueDead     = describe("queue_dead_jobs", "Entries of the dead list.")
	queueUnread   = describe("queue_unread_jobs", "Waiting jobs of a version that no live worker reads.")
	queueAccepted = describe("queue_accepted_jobs_total", "Jobs put on a list since Redis was empty.")
	redisWarnings = describe("redis_warnings", "Ways in which Redis may lose what it acknowledged; the log says which.")
	queuePaused   = describe("queue_paused", "1 while workers are told to take nothing.")
	fleetWorkers  = describe("workers", "Workers that live, by what they do.", "state")
	fleetPhases   = describe("workers_in_phase", "Workers that render, by the phase that they are in.", "phase")
	fleetStopped  = describe("workers_stopped_total", "Workers that stopped for good since Redis was empty, by cause.", "cause")
	fleetWanted   = describe("workers_wanted", "Workers needed for the present demand.")
	fleetArrivals = describe("arrivals_per_second", "Jobs that came in each second, over five minutes.")
	fleetService  = describe("service_seconds", "What an attempt takes a worker, over five minutes.")
)

// Describe implements prometheus.Collector.
func (q *Queue) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{
		queueUp, queueWaiting, queueOldest, queueOpen, queueRunning, queueDead, queueAccepted, queuePaused, queueUnread, redisWarnings,
		fleetWorkers, fleetPhases, fleetStopped, fleetWanted, fleetArrivals, fleetService,
	} {
		ch <- d
	}
}

// Collect implements prometheus.Collector. While the queue is unavailable it exports only that.
func (q *Queue) Collect(ch chan<- prometheus.Metric) {
	v := q.view()
	gauge := func(d *prometheus.Desc, x float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, x, labels...)
	}
	if v.Err != nil || v.At.IsZero() {
		gauge(queueUp, 0)
		return
	}
	o := &v.Overview
	gauge(queueUp, 1)
	gauge(queueWaiting, float64(o.Interactive), "interactive")
	gauge(queueWaiting, float64(o.Bulk), "bulk")
	gauge(queueOldest, age(v.At, o.OldestInteractive), "interactive")
	gauge(queueOldest, age(v.At, o.OldestBulk), "bulk")
	gauge(queueOpen, float64(o.Open))
	gauge(queueRunning, float64(o.Running()))
	gauge(queueDead, float64(o.Dead))
	ch <- prometheus.MustNewConstMetric(queueAccepted, prometheus.CounterValue, float64(o.Accepted))
	gauge(queueUnread, float64(o.Unread))
	gauge(queuePaused, number(o.Paused))
	gauge(redisWarnings, float64(len(v.Wrong)))
	ch <- prometheus.MustNewConstMetric(fleetStopped, prometheus.CounterValue, float64(o.NamesTaken), "name_taken")
	states := map[string]float64{"idle": 0, "busy": 0, "waiting": 0, "draining": 0}
	phases := map[job.Phase]float64{job.Gathering: 0, job.Matching: 0, job.Composing: 0, job.Delivering: 0}
	for _, b := range o.Beats {
		if _, known := phases[b.Phase]; known {
			phases[b.Phase]++
		}
		switch {
		case b.Draining:
			states["draining"]++
		case b.Job != "":
			states["busy"]++
		case b.Waits != "":
			states["waiting"]++
		default:
			states["idle"]++
		}
	}
	for state, n := range states {
		gauge(fleetWorkers, n, state)
	}
	for phase, n := range phases {
		gauge(fleetPhases, n, string(phase))
	}
	gauge(fleetWanted, float64(v.Demand.Workers()))
	gauge(fleetArrivals, v.Demand.Arrivals)
	gauge(fleetService, v.Demand.Service.Seconds())
}

func age(now, then time.Time) float64 {
	if then.IsZero() {
		return 0
	}
	return max(0, now.Sub(then).Seconds())
}

func number(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
