package mosaic_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"smalti/pkg/likeness"
	"smalti/pkg/mosaic"
)

// The values are those of Lindbloom's calculator for sRGB and D65.
func TestToLab(t *testing.T) {
	for _, c := range []struct {
		light mosaic.RGB
		want  mosaic.Lab
	}{
		{mosaic.RGB{0, 0, 0}, mosaic.Lab{0, 0, 0}},
		{mosaic.RGB{1, 1, 1}, mosaic.Lab{100, 0, 0}},
		{mosaic.RGB{1, 0, 0}, mosaic.Lab{53.241, 80.092, 67.203}},
		{mosaic.RGB{0, 1, 0}, mosaic.Lab{87.735, -86.183, 83.179}},
		{mosaic.RGB{0, 0, 1}, mosaic.Lab{32.297, 79.188, -107.860}},
		{mosaic.RGB{0.18, 0.18, 0.18}, mosaic.Lab{49.496, 0, 0}},
		{mosaic.RGB{0.002, 0.002, 0.002}, mosaic.Lab{1.807, 0, 0}}, // below the knee
	} {
		got := mosaic.ToLab(c.light)
		for i := range got {
			if math.Abs(got[i]-c.want[i]) > 0.02 {
				t.Errorf("%v is %.3f, want %.3f", c.light, got, c.want)
				break
			}
		}
	}
}

func TestFromLab(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	for range 1000 {
		want := mosaic.RGB{random.Float64(), random.Float64(), random.Float64() * random.Float64()}
		got := mosaic.FromLab(mosaic.ToLab(want))
		for i := range got {
			if math.Abs(got[i]-want[i]) > 1e-5 {
				t.Fatalf("%v came back as %v", want, got)
			}
		}
	}
}

// The matching space stands in for CIEDE2000: what is nearer in the one is nearer in the other.
func TestEvenIsLikeCIEDE2000(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	colour := func() mosaic.Lab {
		return mosaic.ToLab(mosaic.RGB{random.Float64() * random.Float64(), random.Float64() * random.Float64(), random.Float64() * random.Float64()})
	}
	worse, plainWorse, n := 0, 0, 20000
	for range n {
		a, b, c := colour(), colour(), colour()
		real := difference(a, b) < difference(a, c)
		if real != (mosaic.Even(a, b) < mosaic.Even(a, c)) {
			worse++
		}
		if real != (cie76(a, b) < cie76(a, c)) {
			plainWorse++
		}
	}
	if float64(worse) > 0.6*float64(plainWorse) {
		t.Errorf("wrong about %d pairs of %d, CIELAB about %d: want 0.6 of that at most", worse, n, plainWorse)
	}
}

func difference(a, b mosaic.Lab) float64 {
	return likeness.CIEDE2000(likeness.Lab{L: a[0], A: a[1], B: a[2]}, likeness.Lab{L: b[0], A: b[1], B: b[2]})
}

func cie76(a, b mosaic.Lab) float64 {
	return math.Sqrt((a[0]-b[0])*(a[0]-b[0]) + (a[1]-b[1])*(a[1]-b[1]) + (a[2]-b[2])*(a[2]-b[2]))
}
