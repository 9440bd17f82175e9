// Package parallel divides loops among all processors.
package parallel

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
)

// Do calls work for every number below n, on as many goroutines as there are processors, and waits.
// newWork is called once for each goroutine, by the caller's, so that each can have its own buffers.
func Do(n int, newWork func() (work func(i int))) {
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(n, runtime.GOMAXPROCS(0)) {
		work := newWork()
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				work(i)
			}
		})
	}
	wg.Wait()
}

// Each calls f for every number below n, on all processors, and waits.
func Each(n int, f func(i int)) { Do(n, func() func(int) { return f }) }

// Ranges calls work for consecutive ranges lo <= i < hi of at most chunk numbers below n, on all
// processors, and waits. The ranges do not depend on the number of processors. Progress, which may be
// nil, is told after each range how many are done, never by two goroutines at once. After ctx has
// ended no new range is begun; the error is that of ctx.
func Ranges(ctx context.Context, n, chunk int, progress func(done, total int), work func(lo, hi int)) error {
	ranges := (n + chunk - 1) / chunk
	var mu sync.Mutex
	done := 0
	Each(ranges, func(i int) {
		if ctx.Err() != nil {
			return
		}
		work(i*chunk, min(n, (i+1)*chunk))
		if progress != nil {
			mu.Lock()
			defer mu.Unlock()
			done++
			progress(done, ranges)
		}
	})
	return ctx.Err()
}
