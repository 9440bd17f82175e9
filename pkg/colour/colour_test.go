package colour_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"smalti/pkg/colour"
)

// The values are those of Lindbloom's calculator for sRGB and D65.
func TestToLab(t *testing.T) {
	for _, c := range []struct {
		light colour.Light
		want  colour.Lab
	}{
		{colour.Light{0, 0, 0}, colour.Lab{0, 0, 0}},
		{colour.Light{1, 1, 1}, colour.Lab{100, 0, 0}},
		{colour.Light{1, 0, 0}, colour.Lab{53.241, 80.092, 67.203}},
		{colour.Light{0, 1, 0}, colour.Lab{87.735, -86.183, 83.179}},
		{colour.Light{0, 0, 1}, colour.Lab{32.297, 79.188, -107.860}},
		{colour.Light{0.18, 0.18, 0.18}, colour.Lab{49.496, 0, 0}},
		{colour.Light{0.002, 0.002, 0.002}, colour.Lab{1.807, 0, 0}}, // below the knee
	} {
		got := colour.ToLab(c.light)
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
		want := colour.Light{random.Float64(), random.Float64(), random.Float64() * random.Float64()}
		got := colour.FromLab(colour.ToLab(want))
		for i := range got {
			if math.Abs(got[i]-want[i]) > 1e-5 {
				t.Fatalf("%v came back as %v", want, got)
			}
		}
	}
}

func ExampleToLab() {
	light := colour.Linear(128.0 / 255)
	grey := colour.ToLab(colour.Light{light, light, light})
	fmt.Printf("%.1f of light is L* %.1f\n", light, grey[0])
	// Output: 0.2 of light is L* 53.6
}
