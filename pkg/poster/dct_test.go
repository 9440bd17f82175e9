package poster

import (
	"math"
	"math/rand/v2"
	"testing"
)

// The definition of T.81, A.3.3, against the fast one.
func TestTransformIsTheDCT(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 1))
	for range 50 {
		var block [64]float32
		for i := range block {
			block[i] = float32(rnd.IntN(256) - 128)
		}
		samples := block
		fdct(&block)
		for v := range 8 {
			for u := range 8 {
				sum := 0.0
				for y := range 8 {
					for x := range 8 {
						sum += float64(samples[y*8+x]) *
							math.Cos(float64((2*x+1)*u)*math.Pi/16) * math.Cos(float64((2*y+1)*v)*math.Pi/16)
					}
				}
				want := sum / 4
				if u == 0 {
					want /= math.Sqrt2
				}
				if v == 0 {
					want /= math.Sqrt2
				}
				got := float64(block[v*8+u]) / (8 * fdctScale[v] * fdctScale[u])
				if math.Abs(got-want) > 1e-3 {
					t.Fatalf("coefficient %d, %d is %f, want %f", u, v, got, want)
				}
			}
		}
	}
}

func TestQuantiserRoundsToTheNearest(t *testing.T) {
	for _, test := range []struct {
		x    float32
		want int32
	}{{0, 0}, {0.49, 0}, {-0.49, 0}, {0.51, 1}, {-0.51, -1}, {1023.4, 1023}, {-1024.4, -1024}, {2040, 2040}, {-2048, -2048}} {
		if got := round(test.x); got != test.want {
			t.Errorf("round(%v) = %d, want %d", test.x, got, test.want)
		}
	}
}

func TestQualityScalesTheTables(t *testing.T) {
	for _, test := range []struct {
		quality     int
		first, last uint8
	}{{1, 255, 255}, {10, 80, 255}, {50, 16, 99}, {75, 8, 50}, {85, 5, 30}, {100, 1, 1}} {
		q := newQuantiser(&luminanceSteps, test.quality, 1)
		if q.step[0] != test.first || q.step[63] != test.last {
			t.Errorf("quality %d: steps from %d to %d, want %d to %d", test.quality, q.step[0], q.step[63], test.first, test.last)
		}
	}
}
