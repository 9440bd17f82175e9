package queue

import (
	"context"

	"smalti/pkg/job"
)

// HasPackage reports whether the waiting or running job with the id of p has this very package. It tells
// a [Queue.Put] that was repeated after its answer was lost from somebody else's under the same id. A job
// that has ended has no package. The error is [ErrUnavailable].
func (q *Queue) HasPackage(ctx context.Context, p *job.Package) (bool, error) {
	payload, err := encode(p)
	if err != nil {
		return false, err
	}
	stored, err := q.field(ctx, p.ID, "payload")
	return stored == payload, err
}

// RequestHash returns the hash of the request in a job's package; empty if it is not known. The error is
// [ErrUnknown], [ErrDeleted] or [ErrUnavailable].
func (q *Queue) RequestHash(ctx context.Context, id string) (string, error) {
	if _, err := q.Status(ctx, id); err != nil {
		return "", err
	}
	return q.field(ctx, id, "request")
}

// field reads a field of a job's record; empty if there is none.
func (q *Queue) field(ctx context.Context, id, name string) (string, error) {
	values, err := q.cmd.HMGet(ctx, keyRecord(id), name).Result()
	if err != nil {
		return "", unavailable("reading the record of "+id, err)
	}
	value, _ := values[0].(string)
	return value, nil
}
