package queue

import (
	"context"
	"strconv"
)

// Trouble names what a worker met that ends it. Its own metrics end with it, so that it is counted
// in Redis, where those who watch over the queue see it.
type Trouble string

// NameTaken is a worker that stopped because another one that lives has its name.
const NameTaken Trouble = "name_taken"

// Note counts a trouble.
func (q *Queue) Note(ctx context.Context, t Trouble) error {
	return unavailable("noting "+string(t), q.cmd.HIncrBy(ctx, keyTroubles, string(t), 1).Err())
}

// readTroubles reads an answer of HGETALL.
func readTroubles(answer any) map[Trouble]int64 {
	pairs, _ := answer.([]any)
	all := map[Trouble]int64{NameTaken: 0}
	for i := 0; i+1 < len(pairs); i += 2 {
		name, _ := pairs[i].(string)
		if _, known := all[Trouble(name)]; !known {
			continue // a label of a metric must not be anything that somebody writes into Redis
		}
		n, _ := pairs[i+1].(string)
		all[Trouble(name)], _ = strconv.ParseInt(n, 10, 64)
	}
	return all
}
