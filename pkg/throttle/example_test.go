package throttle_test

import (
	"fmt"
	"time"

	"smalti/pkg/throttle"
)

func ExampleGuesses() {
	var g throttle.Guesses
	now := time.Now()
	for range 5 {
		fmt.Println(g.Wrong("192.0.2.1", now))
	}
	// Output:
	// 0s
	// 0s
	// 0s
	// 500ms
	// 1s
}
