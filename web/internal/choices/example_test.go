package choices_test

import (
	"fmt"

	"smalti/web/internal/choices"
)

func ExampleSizeNamed() {
	s, ok := choices.SizeNamed("wall")
	fmt.Println(s.Columns, s.Pixels(), s.Centimetres(), ok)
	// Output: 160 10240 87 true
}
