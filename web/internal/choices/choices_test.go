package choices

import (
	"fmt"
	"testing"
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
	// Output: 1600 true
}
