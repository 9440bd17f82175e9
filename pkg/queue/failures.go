package queue

import (
	"context"
	"encoding/json"
	"fmt"

	"smalti/pkg/job"
)

// Failures tells how the last jobs that failed ended, the newest first; there are at most 50.
func (q *Queue) Failures(ctx context.Context) ([]job.Status, error) {
	outcomes, err := q.cmd.LRange(ctx, keyFailures, 0, -1).Result()
	if err != nil {
		return nil, unavailable("reading the failures", err)
	}
	all := make([]job.Status, len(outcomes))
	for i, o := range outcomes {
		if err := json.Unmarshal([]byte(o), &all[i]); err != nil {
			return nil, fmt.Errorf("reading the failures: %w", err)
		}
	}
	return all, nil
}
