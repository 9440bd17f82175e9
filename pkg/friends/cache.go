package friends

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"time"
)

// Cache keeps what was looked up for all web servers together.
type Cache interface {
	// Get gives the value of a key; nil when there is none, or no longer.
	Get(ctx context.Context, key string) ([]byte, error)

	// Set keeps a value for a while.
	Set(ctx context.Context, key string, value []byte, keep time.Duration) error
}

// load reads a page; nil: the cache does not have it.
func (l *Lists) load(ctx context.Context, key string) (*page, error) {
	data, err := l.cache.Get(ctx, key)
	if err != nil || data == nil {
		return nil, err
	}
	return decodePage(data), nil
}

func (l *Lists) save(ctx context.Context, key string, pg *page, keep time.Duration) error {
	return l.cache.Set(ctx, key, pg.encode(), keep)
}

// nameKey is where the list of a query is to be found; pageKey is where its pages are.
func nameKey(q Query) string {
	h := sha256.Sum256([]byte(q.Source + "\x00" + string(q.Direction) + "\x00" + q.Handle))
	return "of:" + base64.RawURLEncoding.EncodeToString(h[:16])
}

func pageKey(list string, n int) string { return fmt.Sprintf("%s:%d", list, n) }
