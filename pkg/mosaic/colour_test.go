package mosaic_test

import (
	"math/rand/v2"
	"testing"

	"smalti/pkg/colour"
	"smalti/pkg/mosaic"
)

// The matching space stands in for CIEDE2000: what is nearer in the one is nearer in the other.
func TestEvenIsLikeCIEDE2000(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	some := func() colour.Lab {
		return colour.ToLab(colour.Light{random.Float64() * random.Float64(), random.Float64() * random.Float64(), random.Float64() * random.Float64()})
	}
	worse, plainWorse, n := 0, 0, 20000
	for range n {
		a, b, c := some(), some(), some()
		real := colour.CIEDE2000(a, b) < colour.CIEDE2000(a, c)
		if real != (mosaic.Even(a, b) < mosaic.Even(a, c)) {
			worse++
		}
		if real != (colour.Distance(a, b) < colour.Distance(a, c)) {
			plainWorse++
		}
	}
	if float64(worse) > 0.6*float64(plainWorse) {
		t.Errorf("wrong about %d pairs of %d, CIELAB about %d: want 0.6 of that at most", worse, n, plainWorse)
	}
}
