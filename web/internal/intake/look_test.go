package intake

import (
	"testing"
	"time"
)

// A form always has a tint: the box beside it says whether it counts.
func TestTintAndSharesOfAForm(t *testing.T) {
	for _, c := range []struct {
		name       string
		fields     [][2]string
		tint, fair float64
		bad        int
	}{
		{"nothing", nil, -1, 3, 0},
		{"the box is ticked", [][2]string{{"tint", "8"}, {"auto_tint", "on"}, {"fair", "1.5"}}, -1, 1.5, 0},
		{"the box is empty", [][2]string{{"tint", "8"}, {"fair", "0"}}, 8, 0, 0},
		{"not everyone", [][2]string{{"everyone", "off"}}, -1, 0, 0},
		{"no numbers", [][2]string{{"tint", "a"}, {"fair", "b"}}, -1, 3, 2},
	} {
		in := &submission{}
		in.request.Source, in.request.Target = "demo", "demo:0"
		for _, f := range c.fields {
			in.field(f[0], f[1])
		}
		if len(in.bad) != c.bad {
			t.Errorf("%s: %v", c.name, in.bad)
		}
		p, err := in.request.toPackage(t.Context(), "AAAAAAAAAAAAAAAAAAAAAA", "", time.Now(), nil)
		if p == nil || p.Options.Tint != c.tint || p.Options.Fair != c.fair {
			t.Errorf("%s: %+v, %v, want tint %v and fair %v", c.name, p, err, c.tint, c.fair)
		}
	}
}
