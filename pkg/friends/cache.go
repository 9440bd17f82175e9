package friends

import (
	"context"
	"errors"
	"time"
)

// Cache keeps what was looked up for all web servers together. It is a part of the queue's Redis.
type Cache interface {
	// Get gives the value of a key; nil when there is none, or no longer.
	Get(ctx context.Context, key string) ([]byte, error)

	// Set keeps a value for a while. It refuses with [ErrCacheFull] rather than to take more room
	// than it has.
	Set(ctx context.Context, key string, value []byte, keep time.Duration) error
}

// ErrCacheFull says that a cache has no room for the moment.
var ErrCacheFull = errors.New("the cache is full")
