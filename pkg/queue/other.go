package queue

import (
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"
)

// NewClient returns a client of the Redis that cfg names, for those who keep something in it besides
// the queue. It never repeats a command, heeds the deadline of its contexts, and gives up on a
// connection after a second. It does not connect: the error is about the configuration, and never
// holds a password.
func NewClient(cfg Config) (redis.UniversalClient, error) {
	o, err := options(cfg)
	if err != nil {
		return nil, fmt.Errorf("configuring a client of redis: %w", err)
	}
	o.MaxRetries = -1
	o.ContextTimeoutEnabled = true
	o.DialTimeout, o.ReadTimeout, o.WriteTimeout = time.Second, time.Second, time.Second
	return redis.NewUniversalClient(o), nil
}
