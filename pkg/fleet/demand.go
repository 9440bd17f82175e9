package fleet

import (
	"math"
	"time"
)

// Demand is the work that comes in, and how soon it should be started.
type Demand struct {
	Arrivals float64       // jobs per second
	Service  time.Duration // that a worker spends on a job
	Waiting  int           // jobs that no worker has started
	Patience time.Duration // within which those should be started
}

// Workers returns how many workers the demand needs, at least one.
//
// As many workers as the load in erlangs (arrivals x service) would always be busy, and the queue would
// grow without bound. Adding its square root keeps waits short at any size (square-root staffing: Halfin
// and Whitt, Heavy-traffic limits for queues with many exponential servers, Operations Research 29, 1981).
// Waiting jobs are spread over the patience.
func (d Demand) Workers() int {
	load := d.Arrivals * d.Service.Seconds()
	n := load + math.Sqrt(load)
	if d.Patience > 0 {
		n += float64(d.Waiting) * d.Service.Seconds() / d.Patience.Seconds()
	}
	return max(1, int(math.Ceil(n-1e-9)))
}
