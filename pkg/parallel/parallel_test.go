package parallel_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"

	"smalti/pkg/parallel"
)

func TestRangesCoverEverythingOnce(t *testing.T) {
	for _, n := range []int{0, 1, 7, 64, 1000} {
		for _, chunk := range []int{1, 7, 2000} {
			seen := make([]atomic.Int32, n)
			last := 0
			err := parallel.Ranges(t.Context(), n, chunk, func(done, total int) {
				if done != last+1 || total != (n+chunk-1)/chunk {
					t.Errorf("%d by %d: %d of %d after %d", n, chunk, done, total, last)
				}
				last = done
			}, func(lo, hi int) {
				for i := lo; i < hi; i++ {
					seen[i].Add(1)
				}
			})
			if err != nil {
				t.Fatal(err)
			}
			for i := range seen {
				if seen[i].Load() != 1 {
					t.Errorf("%d by %d: %d is visited %d times", n, chunk, i, seen[i].Load())
				}
			}
		}
	}
}

func TestRangesStopWithTheContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	var calls atomic.Int32
	err := parallel.Ranges(ctx, 1_000_000, 1, nil, func(int, int) {
		calls.Add(1)
		cancel()
	})
	if !errors.Is(err, context.Canceled) || calls.Load() > 1000 {
		t.Errorf("got %v after %d calls", err, calls.Load())
	}
}

func ExampleRanges() {
	squares := make([]int, 5)
	err := parallel.Ranges(context.Background(), len(squares), 2, nil, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			squares[i] = i * i
		}
	})
	fmt.Println(squares, err)
	// Output: [0 1 4 9 16] <nil>
}
