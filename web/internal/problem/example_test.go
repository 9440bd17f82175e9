package problem_test

import (
	"errors"
	"fmt"

	"smalti/web/internal/problem"
)

func Example() {
	var err error = problem.ErrNoSuchMosaic
	if p, ok := errors.AsType[*problem.Problem](err); ok {
		fmt.Println(p.Status, p.Type)
	}
	// Output: 404 /problems#problem.no_mosaic
}
