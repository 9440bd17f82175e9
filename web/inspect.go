package main

import (
	"context"
	"time"

	"smalti/pkg/config"
	"smalti/pkg/queue"
)

// inspect complains about a Redis that may lose jobs, as soon as it can be reached. Strictly, the
// front end does not serve on it: where Redis is there, the error comes before anything listens.
func (sys *system) inspect(q *queue.Queue) error {
	if sys.settings.strict {
		ctx, cancel := context.WithTimeout(sys.ctx, 3*time.Second)
		defer cancel()
		if wrong, err := q.Ops().Inspect(ctx); err == nil {
			return config.Wrong("-redis", wrong)
		}
	}
	sys.running.Go(func() {
		wrong := q.Ops().InspectOnce(sys.ctx)
		if sys.settings.strict {
			if err := config.Wrong("-redis", wrong); err != nil {
				sys.served <- err
			}
			return
		}
		for _, w := range wrong {
			sys.log.Warn("redis may lose jobs", "why", w)
		}
	})
	return nil
}
