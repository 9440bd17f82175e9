package queue

import (
	"context"
	"time"
)

// CheckStores compares the identities of the stores that this process uses with those that belong to this
// Redis. If one of them belongs here, or none belongs here yet, it returns nothing, and with note set all
// of them belong here from now on. Otherwise it returns those that belong here.
func (o Ops) CheckStores(ctx context.Context, ids []string, note bool) (others []string, err error) {
	args := []any{"0"}
	if note {
		args[0] = "1"
	}
	for _, id := range ids {
		args = append(args, id)
	}
	others, err = storesScript.Run(ctx, o.q.cmd, []string{keyStores}, args...).StringSlice()
	return others, unavailable("comparing stores", err)
}

// KnownStores returns the identities of the stores that belong to this Redis, and when each was last used.
func (o Ops) KnownStores(ctx context.Context) (map[string]time.Time, error) {
	return o.q.times(ctx, "reading which stores belong here", keyStores)
}

// ForgetStore removes a store from those that belong to this Redis, and reports whether it was one.
func (o Ops) ForgetStore(ctx context.Context, id string) (bool, error) {
	n, err := o.q.cmd.ZRem(ctx, keyStores, id).Result()
	return n == 1, unavailable("forgetting a store", err)
}

// times reads a sorted set whose scores are times in milliseconds since 1970.
func (q *Queue) times(ctx context.Context, doing, key string) (map[string]time.Time, error) {
	entries, err := q.cmd.ZRangeWithScores(ctx, key, 0, -1).Result()
	if err != nil {
		return nil, unavailable(doing, err)
	}
	all := make(map[string]time.Time, len(entries))
	for _, e := range entries {
		if member, ok := e.Member.(string); ok {
			all[member] = time.UnixMilli(int64(e.Score))
		}
	}
	return all, nil
}
