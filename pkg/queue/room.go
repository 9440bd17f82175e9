package queue

import (
	"context"
	"fmt"
	"strconv"
)

// Room reports whether the package of so many bytes of a client would be accepted now, as far as its bytes
// go: nil, [ErrClientFull], [ErrFull] or [ErrUnavailable]. Put looks again.
func (q *Queue) Room(ctx context.Context, client string, bytes int) error {
	spent, err := q.cmd.HMGet(ctx, keySpent, "", client).Result()
	if err != nil {
		return unavailable("looking for room", err)
	}
	number := func(i int) int64 {
		s, _ := spent[i].(string)
		n, _ := strconv.ParseInt(s, 10, 64)
		return n
	}
	switch {
	case number(0)+int64(bytes) > q.cfg.TotalBytes:
		return fmt.Errorf("looking for room: %w", ErrFull)
	case client != "" && number(1)+int64(bytes) > q.cfg.ClientBytes:
		return fmt.Errorf("looking for room: %w", ErrClientFull)
	}
	return nil
}
