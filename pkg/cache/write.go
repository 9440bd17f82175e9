package cache

import (
	"context"
	"time"
)

const (
	queued    = 256 // values on their way to Redis; more are dropped
	farewell  = time.Second
	mostBytes = 8 << 20 // of values that travel together
)

// write brings values to Redis, those together that wait together, until the cache is closed. Nobody
// waits for it: a slow Redis must not slow down a job.
func (c *Cache) write() {
	for {
		select {
		case e := <-c.puts:
			c.send(context.Background(), e)
		case <-c.stop:
			ctx, cancel := context.WithTimeout(context.Background(), farewell)
			defer cancel()
			for ctx.Err() == nil {
				select {
				case e := <-c.puts:
					c.send(ctx, e)
				default:
					return
				}
			}
			return
		}
	}
}

func (c *Cache) send(ctx context.Context, first entry) {
	together := []entry{first}
	bytes := len(first.value)
	for len(together) < batch && bytes < mostBytes {
		select {
		case e := <-c.puts:
			together = append(together, e)
			bytes += len(e.value)
			continue
		default:
		}
		break
	}
	if !c.shared.put(ctx, together) {
		c.dropped.Add(int64(len(together)))
	}
}
