package upkeep_test

import (
	"fmt"

	"smalti/pkg/job"
	"smalti/pkg/store"
	"smalti/web/internal/upkeep"
)

func ExampleFinished() {
	s := upkeep.Finished(&store.Manifest{ID: "AAAAAAAAAAAAAAAAAAAAAA", Result: job.Result{Columns: 100, Rows: 80}})
	fmt.Println(s.State, s.Result.Columns, upkeep.IsLost(s))
	// Output: done 100 false
}
