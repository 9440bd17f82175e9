// Package limit says how much each client may ask for. What clients have taken is in Redis, so that
// any number of web servers count together; it is timed by Redis's clock, and expires as soon as it
// means nothing any more.
//
// Redis may be slow for a moment; then whoever asks waits for up to [Limiter.Patience]. While it cannot be
// reached, no limit opens. What is small is counted by each process, from what it last knew of a client,
// and each gives out its share: the limit, divided by the number of processes that counted last. What is
// large, and is held, is not given out at all: see [Unknown].
package limit

import (
	"context"
	"crypto/rand"
	_ "embed"
	"errors"
	"fmt"
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
	peers  peers

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
	return &Limiter{Patience: 2 * time.Second, client: client, log: log, peers: peers{name: rand.Text(), n: 1}}
}

// Take takes n from what a client may have of a thing, or nothing: then wait says in how long there
// will be enough. More than the whole burst there never is; so much is taken as if it were the burst.
func (l *Limiter) Take(ctx context.Context, thing, client string, n int64, r Rate) (wait time.Duration, ok bool) {
	return l.ask(ctx, thing, client, n, r, false)
}

// Has is Take that takes nothing.
func (l *Limiter) Has(ctx context.Context, thing, client string, n int64, r Rate) (wait time.Duration, ok bool) {
	return l.ask(ctx, thing, client, n, r, true)
}

func (l *Limiter) ask(ctx context.Context, thing, client string, n int64, r Rate, look bool) (wait time.Duration, ok bool) {
	if r.Unlimited() || n <= 0 {
		return 0, true
	}
	n = min(n, r.Burst)
	key := "{smalti}:limit:" + thing + ":" + client
	if l.asked() {
		ms, full, err := l.take(ctx, key, n, r, look)
		if err == nil {
			l.local.note(key, time.Now().Add(full))
			l.count(ctx)
			return ms, ms == 0
		}
		if ctx.Err() == nil {
			l.rest(err)
		}
	}
	if l.client != nil {
		r.Burst = max(1, r.Burst/l.peers.count())
	}
	return l.local.take(key, min(n, r.Burst), r, time.Now(), look)
}

func (l *Limiter) take(ctx context.Context, key string, n int64, r Rate, look bool) (wait, full time.Duration, err error) {
	ctx, cancel := context.WithTimeout(ctx, l.Patience)
	defer cancel()
	only := ""
	if look {
		only = "1"
	}
	answer, err := takeScript.Run(ctx, l.client, []string{key}, n, r.Burst, r.Per.Milliseconds(), only).Int64Slice()
	if err != nil {
		return 0, 0, err
	}
	if len(answer) != 2 {
		return 0, 0, fmt.Errorf("an answer of %d numbers", len(answer))
	}
	return time.Duration(answer[0]) * time.Millisecond, time.Duration(answer[1]) * time.Millisecond, nil
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
