package fleet

import (
	"math"
	"time"
)

// Demand is the work that comes in, and the patience that people are thought to have.
type Demand struct {
	Arrivals float64       // jobs per second
	Service  time.Duration // that a worker spends on one
	Waiting  int           // jobs that nobody has begun
	Patience time.Duration // in which those are to be begun
}

// Workers is how many workers the demand needs, at least one.
//
// As many as the load in erlangs (arrivals x service) would be busy all the time, and the queue
// would grow without end; the square root of it on top keeps the wait short at any size
// (square-root staffing: Halfin and Whitt, Heavy-traffic limits for queues with many exponential
// servers, Operations Research 29, 1981). What waits already is to be begun within the patience.
func (d Demand) Workers() int {
	load := d.Arrivals * d.Service.Seconds()
	n := load + math.Sqrt(load)
	if d.Patience > 0 {
		n += float64(d.Waiting) * d.Service.Seconds() / d.Patience.Seconds()
	}
	return max(1, int(math.Ceil(n-1e-9)))
}
