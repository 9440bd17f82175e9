package status

import (
	"time"

	"smalti/pkg/job"
)

// PollAfter is when an answer can be different: soon for a job that is being rendered, later for
// one that has others before it.
func PollAfter(s job.Status) time.Duration {
	if s.State == job.Rendering || s.Position <= 1 {
		return 500 * time.Millisecond
	}
	return min(500*time.Millisecond+time.Duration(s.Position)*100*time.Millisecond, 5*time.Second)
}
