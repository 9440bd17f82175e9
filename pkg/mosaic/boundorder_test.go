package mosaic_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"smalti/pkg/mosaic"
)

// Sorted only as far as somebody looks, bounds come in the same order as sorted all at once, whatever order they had.
func TestLowestFirst(t *testing.T) {
	for seed := range uint64(200) {
		random := rand.New(rand.NewPCG(seed, 23))
		numbers := make([]uint64, 1+random.IntN(6000))
		for i := range numbers {
			numbers[i] = random.Uint64N(40)<<32 | uint64(i)
		}
		want := slices.Sorted(slices.Values(numbers))
		switch seed % 3 {
		case 0:
			slices.Sort(numbers)
		case 1:
			slices.Sort(numbers)
			slices.Reverse(numbers)
		}
		n := 1 + random.IntN(len(numbers))
		if got := mosaic.LowestFirst(numbers, n); !slices.Equal(got, want[:n]) {
			t.Fatalf("seed %d: the %d lowest of %d are not the ones that sorting finds", seed, n, len(numbers))
		}
	}
}
