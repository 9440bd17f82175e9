package queue

import (
	"context"
	"time"
)

// Stores compares the identities of the stores that this process uses with those that belong to this
// Redis. It returns none where at least one is the same, or none belongs here yet, and then, if note is
// set, all of them do from now on. Otherwise it returns those that belong here.
func (q *Queue) Stores(ctx context.Context, ids []string, note bool) (others []string, err error) {
	args := []any{"0"}
	if note {
		args[0] = "1"
	}
	for _, id := range ids {
		args = append(args, id)
	}
	others, err = storesScript.Run(ctx, q.cmd, []string{keyStores}, args...).StringSlice()
	return others, unavailable("comparing stores", err)
}

// KnownStores returns the identities of the stores that belong to this Redis, and when each was last used.
func (q *Queue) KnownStores(ctx context.Context) (map[string]time.Time, error) {
	entries, err := q.cmd.ZRangeWithScores(ctx, keyStores, 0, -1).Result()
	if err != nil {
		return nil, unavailable("reading which stores belong here", err)
	}
	all := make(map[string]time.Time, len(entries))
	for _, e := range entries {
		id, _ := e.Member.(string)
		all[id] = time.UnixMilli(int64(e.Score))
	}
	return all, nil
}

// ForgetStore says that a store belongs to this Redis no more, and reports whether it did.
func (q *Queue) ForgetStore(ctx context.Context, id string) (bool, error) {
	n, err := q.cmd.ZRem(ctx, keyStores, id).Result()
	return n == 1, unavailable("forgetting a store", err)
}
