// Package limit says how much each client may ask for. What clients have taken is in Redis, so that
// any number of web servers count together; it is timed by Redis's clock, and expires as soon as it
// means nothing any more.
//
// While Redis cannot be reached, each process counts for itself: a limit keeps one client from
// taking everything, and is no reason to turn everybody away.
package limit

import (
	"context"
	_ "embed"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

// Limiter is safe for concurrent use.
type Limiter struct {
	Patience time.Duration // for one question to Redis; to be changed before the first one only

	client redis.UniversalClient // nil: this process alone
	log    *slog.Logger
	local  local
	held   holdings

	mu    sync.Mutex
	until time.Time // when Redis is asked again
}

// respite is for how long Redis is not asked after it failed.
const respite = 2 * time.Second

//go:embed scripts/take.lua
var takeLua string

var takeScript = redis.NewScript(takeLua)

// New returns a limiter on the Redis of client, which Close closes; with a nil client, one of this
// process alone. It has the patience of somebody who waits for a page.
func New(client redis.UniversalClient, log *slog.Logger) *Limiter {
	return &Limiter{Patience: 200 * time.Millisecond, client: client, log: log}
}

// Take takes n from what a client may have of a thing, or nothing: then wait says in how long there
// will be enough. More than the whole burst there never is; so much is taken as if it were the burst.
func (l *Limiter) Take(ctx context.Context, thing, client string, n int64, r Rate) (wait time.Duration, ok bool) {
	if r.Unlimited() || n <= 0 {
		return 0, true
	}
	n = min(n, r.Burst)
	key := "{smalti}:limit:" + thing + ":" + client
	if l.asked() {
		ms, err := l.take(ctx, key, n, r)
		if err == nil {
			return time.Duration(ms) * time.Millisecond, ms == 0
		}
		if ctx.Err() == nil {
			l.rest(err)
		}
	}
	return l.local.take(key, n, r, time.Now())
}

func (l *Limiter) take(ctx context.Context, key string, n int64, r Rate) (ms int64, err error) {
	ctx, cancel := context.WithTimeout(ctx, l.Patience)
	defer cancel()
	return takeScript.Run(ctx, l.client, []string{key}, n, r.Burst, r.Per.Milliseconds()).Int64()
}

// asked reports whether Redis is to be asked.
func (l *Limiter) asked() bool {
	if l.client == nil {
		return false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return !time.Now().Before(l.until)
}

func (l *Limiter) rest(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if now := time.Now(); !now.Before(l.until) {
		l.until = now.Add(respite)
		if !errors.Is(err, context.Canceled) {
			l.log.Warn("limits are counted in this process alone", "error", err)
		}
	}
}

// Close closes the connections to Redis.
func (l *Limiter) Close() error {
	if l.client == nil {
		return nil
	}
	return l.client.Close()
}
