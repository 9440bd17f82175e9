package queue

import (
	"context"

	"smalti/pkg/job"
)

// Holds reports whether the job that waits or runs under a package's id was made of this very package. It
// tells a [Queue.Put] whose answer was lost, and that was repeated, from somebody else's before it. A job
// that has ended holds none. The error is [ErrUnavailable].
func (q *Queue) Holds(ctx context.Context, p *job.Package) (bool, error) {
	payload, err := encode(p)
	if err != nil {
		return false, err
	}
	values, err := q.cmd.HMGet(ctx, keyRecord(p.ID), "payload").Result()
	if err != nil {
		return false, unavailable("asking for the package of "+p.ID, err)
	}
	held, _ := values[0].(string)
	return held == payload, nil
}
