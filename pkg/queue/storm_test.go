package queue_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"smalti/pkg/job"
	"smalti/pkg/queue"
)

// Workers do everything wrong that a worker can do, at random. Whoever asked for a job must see it
// finished, once.
func testStorm(t *testing.T, s server) {
	const jobs, workers = 100, 6
	cfg := hasty()
	cfg.MaxAttempts = 1_000_000
	q := s.open(t, cfg)
	seed := rand.Uint64()
	t.Logf("seed %d", seed)

	var mu sync.Mutex
	finished := map[string]int{}
	for range jobs {
		finished[put(t, q).ID] = 0
	}
	left := func() (n int) {
		mu.Lock()
		defer mu.Unlock()
		for _, times := range finished {
			if times == 0 {
				n++
			}
		}
		return n
	}
	check := func(doing string, err error) {
		if err != nil && !errors.Is(err, queue.ErrLeaseLost) {
			t.Errorf("%s: %v", doing, err)
		}
	}
	deadline := time.Now().Add(2 * time.Minute)
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			random := rand.New(rand.NewPCG(seed, uint64(w)))
			for left() > 0 && time.Now().Before(deadline) {
				_, err := q.Sweep(t.Context())
				check("Sweep", err)
				if random.IntN(5) == 0 { // killed between pop and claim
					s.raw.RPop(t.Context(), "{smalti}:interactive")
					continue
				}
				if n, err := s.raw.LLen(t.Context(), "{smalti}:interactive").Result(); n == 0 || err != nil {
					time.Sleep(time.Millisecond)
					continue
				}
				l, err := q.Take(t.Context(), fmt.Sprint(w))
				check("Take", err)
				if l == nil {
					continue
				}
				switch random.IntN(8) {
				case 0: // killed
					continue
				case 1: // frozen
					time.Sleep(2 * cfg.Lease)
				case 2:
					check("GiveBack", q.GiveBack(t.Context(), l))
				case 3:
					check("Retry", q.Retry(t.Context(), l, failure))
				case 4:
					check("Renew", q.Renew(t.Context(), l, job.Progress{Phase: job.Matching}))
				}
				err = q.Finish(t.Context(), l, result)
				check("Finish", err)
				if err == nil {
					mu.Lock()
					finished[l.Package.ID]++
					mu.Unlock()
				}
			}
		})
	}
	wg.Wait()
	for id, times := range finished {
		if times != 1 {
			t.Errorf("%s was finished %d times: %+v", id, times, status(t, q, id))
		}
	}
	if d, err := q.Ops().Overview(t.Context()); err != nil || d.Open != 0 || d.Dead != 0 {
		t.Errorf("Depth = %+v, %v; want nothing open or dead", d, err)
	}
}
