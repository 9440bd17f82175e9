package job_test

import (
	"fmt"
	"time"

	"smalti/pkg/job"
)

func ExamplePackage_Validate() {
	p := &job.Package{
		V: job.Version, ID: job.NewID(), Created: time.Now(), Target: job.Target{URL: "https://photos.example/anna.jpg"},
		Friends: []job.Friend{{ID: "1", Name: "Ada", Photo: "demo:1"}}, Options: job.Defaults(), Priority: job.Interactive,
	}
	fmt.Println(p.Validate())
	// Output:
	// invalid package: friends: One photo doesn’t make a mosaic; it takes at least 2.
}
