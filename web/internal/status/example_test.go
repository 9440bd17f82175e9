package status_test

import (
	"fmt"

	"smalti/pkg/job"
	"smalti/web/internal/status"
)

func ExamplePollAfter() {
	fmt.Println(status.PollAfter(job.Status{State: job.Rendering}))
	fmt.Println(status.PollAfter(job.Status{State: job.Queued, Position: 10}))
	// Output:
	// 500ms
	// 1.5s
}
