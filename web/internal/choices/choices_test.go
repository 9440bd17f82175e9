package choices

import (
	"fmt"
	"testing"

	"smalti/pkg/job"
)

func TestCentimetres(t *testing.T) {
	// 300 dots per inch, 2.54 cm an inch.
	if got := (Size{Columns: 100, Tile: 64}).Centimetres(); got != 54 {
		t.Errorf("6,400 px are %d cm, want 54", got)
	}
}

func ExampleSizeNamed() {
	s, ok := SizeNamed("postcard")
	fmt.Println(s.Pixels(), ok)
	// Output: 1920 true
}

func TestSizesHaveEveryShape(t *testing.T) {
	for _, s := range Sizes {
		for _, shape := range []job.Shape{job.Square, job.Brick, job.Detail, AutoShape, ""} {
			in := s.In(shape)
			o := job.Defaults()
			o.Columns, o.Tile, o.Shape = in.Columns, in.Tile, in.Shape
			if err := o.Validate(); err != nil {
				t.Errorf("%s, %q: %v", s.Name, shape, err)
			}
			if in.Pixels() != s.Pixels() {
				t.Errorf("%s, %q: %d pixels wide, want %d", s.Name, shape, in.Pixels(), s.Pixels())
			}
			want := shape
			if shape == "" || shape == AutoShape {
				want = s.Shape
			}
			if in.Shape != want {
				t.Errorf("%s, %q: shape %q", s.Name, shape, in.Shape)
			}
		}
	}
}
