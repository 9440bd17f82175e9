package mosaic_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"smalti/pkg/colour"
	"smalti/pkg/mosaic"
)

// The limit is spent on what the eye sees: the result looks more like the goal than the end of the straight way does, and
// its lightness is nearer.
func TestNearestColour(t *testing.T) {
	random := rand.New(rand.NewPCG(31, 1))
	const limit = 8
	var straight, nearest, straightLight, nearestLight float64
	for range 2000 {
		from := colour.Lab{20 + 60*random.Float64(), 80*random.Float64() - 40, 80*random.Float64() - 40}
		goal := colour.Lab{from[0] + 20*random.NormFloat64(), from[1] + 10*random.NormFloat64(), from[2] + 10*random.NormFloat64()}
		got := mosaic.Nearest(from, goal, limit)
		way := colour.Distance(from, goal)
		if way <= limit {
			if got != goal {
				t.Errorf("from %v to %v, which is near: %v", from, goal, got)
			}
			continue
		}
		if moved := colour.Distance(from, got); moved > limit+1e-9 || moved < 0.99*limit {
			t.Errorf("from %v to %v: moved by %v", from, goal, moved)
		}
		if colour.Distance(got, goal) > way {
			t.Errorf("from %v to %v: %v is further away", from, goal, got)
		}
		end := from
		for k := range end {
			end[k] += (goal[k] - from[k]) * limit / way
		}
		straight += colour.CIEDE2000(end, goal)
		nearest += colour.CIEDE2000(got, goal)
		straightLight += math.Abs(end[0] - goal[0])
		nearestLight += math.Abs(got[0] - goal[0])
	}
	if nearest > 0.985*straight || nearestLight > 0.95*straightLight {
		t.Errorf("CIEDE2000 is %.3f of that of the straight way, the difference in lightness %.3f", nearest/straight, nearestLight/straightLight)
	}
}
