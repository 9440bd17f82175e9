package queue

import "context"

// Request returns the hash of what was asked for under an id, as it was in the package; empty where that
// is not known. The error is [ErrUnknown] when there is no such job, [ErrDeleted] or [ErrUnavailable].
func (q *Queue) Request(ctx context.Context, id string) (string, error) {
	if _, err := q.Status(ctx, id); err != nil {
		return "", err
	}
	values, err := q.cmd.HMGet(ctx, keyRecord(id), "request").Result()
	if err != nil {
		return "", unavailable("asking for the request of "+id, err)
	}
	request, _ := values[0].(string)
	return request, nil
}
