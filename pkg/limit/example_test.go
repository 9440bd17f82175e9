package limit_test

import (
	"fmt"

	"smalti/pkg/limit"
)

func ExampleRate_UnmarshalText() {
	var r limit.Rate
	if err := r.UnmarshalText([]byte("2GiB/1h")); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(r.Burst, r.Per)
	// Output: 2147483648 1h0m0s
}
