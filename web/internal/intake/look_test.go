package intake

import (
	"testing"
	"time"

	"smalti/pkg/job"
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

// The shape is the size's, unless one was asked for in either place; bricks of a postcard are larger.
func TestShapeAndCells(t *testing.T) {
	for _, c := range []struct {
		name, size, shape, options string
		columns, tile              int
		want                       job.Shape
	}{
		{"nothing", "", "", "", 100, 64, job.Square},
		{"postcard", "postcard", "", "", 80, 24, job.Detail},
		{"of a form", "postcard", "auto", "", 80, 24, job.Detail},
		{"even", "postcard", "square", "", 80, 24, job.Square},
		{"bricks", "postcard", "brick", "", 60, 32, job.Brick},
		{"bricks among the options", "postcard", "auto", `{"shape":"brick"}`, 60, 32, job.Brick},
		{"other cells", "postcard", "", `{"columns":40,"tile":48}`, 40, 48, job.Detail},
		{"mixed wall", "wall", "detail", "", 160, 64, job.Detail},
	} {
		q := Request{Source: "demo", Size: c.size, Shape: job.Shape(c.shape), Options: []byte(c.options)}
		p, err := q.toPackage(t.Context(), "AAAAAAAAAAAAAAAAAAAAAA", "", time.Now(), nil)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if o := p.Options; o.Columns != c.columns || o.Tile != c.tile || o.Shape != c.want {
			t.Errorf("%s: %d columns of %d px, %s; want %d of %d, %s", c.name, o.Columns, o.Tile, o.Shape, c.columns, c.tile, c.want)
		}
	}
}
