package mosaic

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
)

// parallel calls work for consecutive ranges of at most chunk out of n, on all processors, and
// waits. The ranges do not depend on the number of processors: what work writes may depend only on
// its range. done is told after each range how many are finished.
func parallel(ctx context.Context, n, chunk int, done func(done, total int), work func(lo, hi int)) error {
	ranges := (n + chunk - 1) / chunk
	var next atomic.Int64
	var mu sync.Mutex
	finished := 0
	var wg sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), ranges) {
		wg.Go(func() {
			for ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= ranges {
					return
				}
				work(i*chunk, min(n, (i+1)*chunk))
				mu.Lock()
				finished++
				done(finished, ranges)
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	return ctx.Err()
}

// meter turns the progress of the parts into one number from 0 to 100.
type meter struct {
	tell func(done, total int)
	base int // where the current part began
	last int // what was told last
}

func newMeter(tell func(done, total int)) *meter {
	if tell == nil {
		tell = func(int, int) {}
	}
	return &meter{tell: tell, last: -1}
}

const whole = 100

// part begins a part that is worth so many hundredths.
func (m *meter) part(share int) func(done, total int) {
	base := m.base
	m.base += share
	return func(done, total int) {
		if total > 0 {
			m.at(base + share*done/total)
		}
	}
}

// halves divides a part in two.
func halves(done func(done, total int)) (first, second func(done, total int)) {
	first = func(n, total int) { done(n, 2*total) }
	second = func(n, total int) { done(total+n, 2*total) }
	return first, second
}

func (m *meter) at(hundredths int) {
	if hundredths > m.last {
		m.last = hundredths
		m.tell(hundredths, whole)
	}
}

func (m *meter) finish() { m.at(whole) }
