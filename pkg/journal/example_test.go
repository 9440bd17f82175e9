package journal_test

import (
	"fmt"
	"os"
	"time"

	"smalti/pkg/journal"
)

func Example() {
	dir, err := os.MkdirTemp("", "journal")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = os.RemoveAll(dir) }()
	j, err := journal.Open(dir)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = j.Close() }()

	p := pkg()
	fmt.Println(j.Add(p)) // on the disk from here on
	open, err := j.Open()
	fmt.Println(len(open), err)

	fmt.Println(j.MarkDeleted(p.ID, time.Now()))
	open, err = j.Open()
	fmt.Println(len(open), err, j.IsDeleted(p.ID))
	// Output:
	// <nil>
	// 1 <nil>
	// <nil>
	// 0 <nil> true
}
