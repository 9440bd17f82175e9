package friends

import (
	"context"
	"time"
)

// Cache keeps what was looked up for all web servers together.
type Cache interface {
	// Get gives the value of a key; nil when there is none, or no longer.
	Get(ctx context.Context, key string) ([]byte, error)

	// Set keeps a value for a while.
	Set(ctx context.Context, key string, value []byte, keep time.Duration) error
}
