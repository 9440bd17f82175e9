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
	stopWorker kind = "stop worker"              // SIGSTOP, and SIGCONT when its lease is long over
	cutRedis   kind = "cut redis"                // every connection to it
	cutFTP     kind = "cut ftp"                  // every connection to the store, control and data
	cutHTTP    kind = "cut http"                 // every connection of a browser
	stepClock  kind = "step clock"               // of Redis, either way
)

// fault is one step of the plan.
type fault struct {
	at     float64 // due when this share of all mosaics has ended
	kind   kind
	target int           // which of its kind, modulo how many there are
	pause  time.Duration // until it is started again, or goes on; for a cut, how long answers are swallowed before; for a clock, what it then is ahead of the others
}

// lease is how long a worker may be silent; stops are longer.
const lease = 12 * time.Second

// planOf draws the faults: kills of all processes, workers above all, and some of everything else.
func planOf(seed uint64, kills int) []fault {
	r := rand.New(rand.NewPCG(seed, 0))
	var plan []fault
	add := func(k kind, pause time.Duration) {
		plan = append(plan, fault{0.01 + 0.96*r.Float64(), k, r.IntN(1 << 16), pause})
	}
	for i := range kills {
		pause := time.Duration(0) // at once
		if r.IntN(3) == 0 {
			pause = upTo(r, 2*time.Second)
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
		add(stopWorker, lease+time.Second+upTo(r, 4*time.Second))
	}
	for range kills / 25 {
		add(endUpload, upTo(r, time.Second))
	}
	// Small steps are within a lease, large ones far beyond; every other one sets the clock right again.
	for i := range kills / 30 {
		ahead := time.Duration(0)
		if i%2 == 0 {
			ahead = []time.Duration{-time.Hour, time.Hour, -8 * time.Second, 8 * time.Second}[r.IntN(4)]
		}
		add(stepClock, ahead)
	}
	for range kills / 20 {
		add(cutRedis, upTo(r, 200*time.Millisecond))
		add(cutFTP, upTo(r, 200*time.Millisecond))
		add(cutHTTP, upTo(r, 200*time.Millisecond))
	}
	slices.SortStableFunc(plan, func(a, b fault) int { return cmp.Compare(a.at, b.at) })
	return plan
}

// upTo draws a time below a limit.
func upTo(r *rand.Rand, limit time.Duration) time.Duration {
	return time.Duration(r.Int64N(int64(limit)))
}
