package status

import (
	"time"

	"smalti/pkg/job"
)

// PollAfter returns when to poll again: soon for a job that is being rendered or is next, later for one with others
// ahead of it.
func PollAfter(s job.Status) time.Duration {
	if s.State == job.Rendering || s.Position <= 1 {
		return 500 * time.Millisecond
	}
	return min(500*time.Millisecond+time.Duration(s.Position)*100*time.Millisecond, 5*time.Second)
}
