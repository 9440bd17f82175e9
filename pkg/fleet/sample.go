package fleet

import (
	"time"

	"smalti/pkg/queue"
)

// sample is the counters of an overview.
type sample struct {
	at       time.Time
	accepted int64
	workers  map[string]work
}

// work is what a worker has done since it started.
type work struct {
	ended int64
	spent float64 // seconds
}

func newSample(at time.Time, o *queue.Overview) sample {
	s := sample{at: at, accepted: o.Accepted, workers: make(map[string]work, len(o.Beats))}
	for _, b := range o.Beats {
		s.workers[b.Worker] = work{b.Ended, b.Spent}
	}
	return s
}

// measure returns the rates between the samples: arrivals, service time, and attempts ended per second.
// Counters start from zero with a new worker or an emptied Redis.
func measure(samples []sample) (d Demand, ended float64) {
	first, last := samples[0], samples[len(samples)-1]
	seconds := last.at.Sub(first.at).Seconds()
	if seconds <= 0 {
		return d, 0
	}
	var arrived, n int64
	var spent float64
	for i, s := range samples[1:] {
		before := samples[i]
		arrived += grown(before.accepted, s.accepted)
		for name, w := range s.workers {
			was, known := before.workers[name]
			if known && w.ended >= was.ended {
				n += w.ended - was.ended
				spent += w.spent - was.spent
			} else {
				n += w.ended
				spent += w.spent
			}
		}
	}
	d.Arrivals = float64(arrived) / seconds
	if n > 0 {
		d.Service = time.Duration(spent / float64(n) * float64(time.Second))
	} else {
		d.Service = lifetime(last)
	}
	return d, float64(n) / seconds
}

// lifetime is the service time over everything that the live workers have done, for when nothing was done
// lately.
func lifetime(s sample) time.Duration {
	var n int64
	var spent float64
	for _, w := range s.workers {
		n += w.ended
		spent += w.spent
	}
	if n == 0 {
		return 0
	}
	return time.Duration(spent / float64(n) * float64(time.Second))
}

func grown(before, now int64) int64 {
	if now < before {
		return now
	}
	return now - before
}
