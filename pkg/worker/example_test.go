package worker_test

import (
	"fmt"

	"smalti/pkg/worker"
)

func ExampleTooLarge() {
	fmt.Println(worker.TooLarge(3 << 30).Code)
	// Output: too_large
}
