package queue

import (
	"context"

	"smalti/pkg/job"
)

// LeaveForTest does what a worker does that popped an element of a version that it does not read.
func LeaveForTest(ctx context.Context, q *Queue, id, seq string, version int) error {
	return q.onJob(ctx, foreignScript, id, seq, version, string(job.Interactive), beatLife.Milliseconds(), "", "", "").Err()
}

// Depth counts jobs without looking at the workers, which would forget those that are silent.
func (q *Queue) Depth(ctx context.Context) (Depth, error) {
	a, err := depthScript.Run(ctx, q.cmd, []string{keyOpen}, beatLife.Milliseconds()).Slice()
	if err != nil {
		return Depth{}, err
	}
	o, err := readOverview(a)
	return o.Depth, err
}
