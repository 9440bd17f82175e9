//go:build linux

package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"smalti/pkg/rig"
)

// order is one mosaic that is going to be asked for.
type order struct {
	key  string // idempotency key
	body []byte // of the POST
}

// orderOf draws the i-th mosaic: a package as cheap as packages get, so that the system moves jobs,
// and not pixels. Wide and low is cheap: a preview always has the same length, whatever its height.
func orderOf(seed uint64, i int, photo func(int) string) order {
	r := rand.New(rand.NewPCG(seed, uint64(i)+1))
	type friend struct {
		ID    string `json:"id"`
		Photo string `json:"photo"`
	}
	friends := make([]friend, 4+r.IntN(3))
	for f, n := range r.Perm(rig.PhotoCount)[:len(friends)] {
		friends[f] = friend{fmt.Sprint(f + 1), photo(n)}
	}
	priority := "poster"
	if r.IntN(4) == 0 {
		priority = "wall" // waits on the other list
	}
	body, err := json.Marshal(map[string]any{
		"source": "list", "size": priority, "target": photo(r.IntN(rig.PhotoCount)), "friends": friends, "everyone": false,
		"options": map[string]any{"columns": 20, "rows": 1 + r.IntN(2), "tile": 16, "repeat_distance": 0},
	})
	if err != nil {
		panic(err) // our own types
	}
	return order{fmt.Sprintf("soak-%d-%08d-%016x", seed, i, r.Uint64()), body}
}

// A kind of fault.
type kind string

const (
	killWorker kind = "kill worker"
	killWeb    kind = "kill web"
	killRedis  kind = "kill redis"
	stopWorker kind = "stop worker" // SIGSTOP, and SIGCONT when its lease is long over
	cutRedis   kind = "cut redis"   // every connection to it
	cutFTP     kind = "cut ftp"     // every connection to the store, control and data
	cutHTTP    kind = "cut http"    // every connection of a browser
)

// fault is one step of the plan.
type fault struct {
	at     float64 // due when this share of all mosaics has ended
	kind   kind
	target int           // which of its kind, modulo how many there are
	pause  time.Duration // until it is started again, or goes on; for a cut, how long answers are swallowed before
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
		case i%25 == 1 || i%50 == 2: // 6 %
			add(killWeb, pause/2)
		default:
			add(killWorker, pause)
		}
	}
	for range kills / 50 {
		add(stopWorker, lease+time.Second+upTo(r, 4*time.Second))
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
