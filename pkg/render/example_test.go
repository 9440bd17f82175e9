package render_test

import (
	"fmt"

	"smalti/pkg/job"
	"smalti/pkg/render"
)

func ExampleMemory() {
	p := &job.Package{Friends: make([]job.Friend, 300), Options: job.Options{Columns: 100, Rows: 100, Tile: 64}}
	fmt.Println(render.Memory(p)>>20, "MiB")
	// Output: 147 MiB
}
