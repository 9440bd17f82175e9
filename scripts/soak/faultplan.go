//go:build linux

package main

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"time"
)

// A kind of fault.
type kind string

const (
	killWorker kind = "kill worker"
	killWeb    kind = "kill web"
	killUpload kind = "kill web during an upload"
	killRedis  kind = "kill redis"
	endUpload  kind = "end web during an upload" // SIGTERM
	stopWorker kind = "stop worker"              // SIGSTOP, and SIGCONT long after its lease
	cutRedis   kind = "cut redis"                // every connection to it
	cutFTP     kind = "cut ftp"                  // every connection to the store, control and data
	cutHTTP    kind = "cut http"                 // every connection to a web server
	stepClock  kind = "step clock"               // of Redis, in either direction
)

// fault is one fault of a plan.
type fault struct {
	at     float64 // due when this share of all mosaics has ended
	kind   kind
	target int // which process of its kind, modulo their number

	// pause is the time until the process is restarted or continues. Of a cut it is how long answers are
	// swallowed before; of a clock, how far it is ahead afterwards.
	pause time.Duration
}

// lease is how long a worker may be silent. Stops are longer.
const lease = 12 * time.Second

// planFaults draws the faults: kills, mostly of workers, and some of everything else.
func planFaults(seed uint64, kills int) []fault {
	r := rand.New(rand.NewPCG(seed, 0))
	var plan []fault
	add := func(k kind, pause time.Duration) {
		plan = append(plan, fault{0.01 + 0.96*r.Float64(), k, r.IntN(1 << 16), pause})
	}
	for i := range kills {
		pause := time.Duration(0) // at once
		if r.IntN(3) == 0 {
			pause = below(r, 2*time.Second)
		}
		switch {
		case i%25 == 0: // 4 %
			add(killRedis, pause/2)
		case i%25 == 1: // 4 %
			add(killUpload, pause/2)
		case i%50 == 2: // 2 %
			add(killWeb, pause/2)
		default:
			add(killWorker, pause)
		}
	}
	for range kills / 50 {
		add(stopWorker, lease+time.Second+below(r, 4*time.Second))
	}
	for range kills / 25 {
		add(endUpload, below(r, time.Second))
	}
	// Small steps are shorter than a lease, large ones far longer. Every other one sets the clock right again.
	for i := range kills / 30 {
		ahead := time.Duration(0)
		if i%2 == 0 {
			ahead = []time.Duration{-time.Hour, time.Hour, -8 * time.Second, 8 * time.Second}[r.IntN(4)]
		}
		add(stepClock, ahead)
	}
	for range kills / 20 {
		add(cutRedis, below(r, 200*time.Millisecond))
		add(cutFTP, below(r, 200*time.Millisecond))
		add(cutHTTP, below(r, 200*time.Millisecond))
	}
	slices.SortStableFunc(plan, func(a, b fault) int { return cmp.Compare(a.at, b.at) })
	return plan
}

// upTo draws a time below a limit.
func below(r *rand.Rand, limit time.Duration) time.Duration {
	return time.Duration(r.Int64N(int64(limit)))
}
