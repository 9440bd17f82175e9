package queue

import (
	"context"

	"smalti/pkg/job"
)

// LeaveForTest does what a worker does that popped an element of a version that it does not read.
func LeaveForTest(ctx context.Context, q *Queue, id, seq string, version int) error {
	return q.onJob(ctx, foreignScript, id, seq, version, string(job.Interactive), beatLife.Milliseconds(), "", "", "").Err()
}
