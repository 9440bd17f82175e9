// Package limit bounds what each client may ask for. What clients have taken is in Redis, so that all web
// servers count together; it is timed by Redis's clock, and expires when it no longer matters.
//
// A slow Redis is waited for, for up to two seconds. While it cannot be reached, no limit opens. Small
// things ([Limiter.Take]) are counted by each process, from what it last knew of a client, and each
// process gives out its share: the limit divided by the number of processes that counted last. Large
// things that are held ([Limiter.Hold]) are not given out at all: see [Unknown].
package limit

import (
	"context"
	"crypto/rand"
	"embed"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"smalti/pkg/redisconn"
)

// Limiter is safe for concurrent use.
type Limiter struct {
	client redis.UniversalClient
	redis  redisconn.Breaker
	local  local
	peers  peers
}

// patience is how long a question to Redis may take.
const patience = 2 * time.Second

//go:embed scripts
var files embed.FS

var (
	takeScript    = redisconn.Script(files, "take")
	peersScript   = redisconn.Script(files, "peers")
	holdScript    = redisconn.Script(files, "common", "hold")
	extendScript  = redisconn.Script(files, "common", "extend")
	claimScript   = redisconn.Script(files, "common", "claim")
	unclaimScript = redisconn.Script(files, "common", "unclaim")
	releaseScript = redisconn.Script(files, "common", "release")
	heldScript    = redisconn.Script(files, "common", "held")
)

// New returns a limiter on the Redis of client, which Close closes. It does not connect.
func New(client redis.UniversalClient, log *slog.Logger) *Limiter {
	l := &Limiter{client: client, peers: peers{name: rand.Text(), n: 1}}
	l.redis.Patience = patience
	l.redis.Changed = func(err error) {
		if err != nil {
			log.Warn("Redis unavailable; limits are counted in this process alone", "error", err)
		} else {
			log.Info("Redis available again; limits are counted together")
		}
	}
	return l
}

// Take takes n from what a client may have of a thing, or nothing: then wait is how long until there is
// enough. There is never more than the whole burst: n is at most that.
func (l *Limiter) Take(ctx context.Context, thing, client string, n int64, r Rate) (wait time.Duration, ok bool) {
	return l.ask(ctx, thing, client, n, r, false)
}

// Has is Take that takes nothing.
func (l *Limiter) Has(ctx context.Context, thing, client string, n int64, r Rate) (wait time.Duration, ok bool) {
	return l.ask(ctx, thing, client, n, r, true)
}

func (l *Limiter) ask(ctx context.Context, thing, client string, n int64, r Rate, peek bool) (wait time.Duration, ok bool) {
	if r.unlimited() || n <= 0 {
		return 0, true
	}
	n = min(n, r.Burst)
	key := "{smalti}:limit:" + thing + ":" + client
	only := ""
	if peek {
		only = "1"
	}
	var reply []int64
	err := l.redis.Do(ctx, func(ctx context.Context) (err error) {
		reply, err = takeScript.Run(ctx, l.client, []string{key}, n, r.Burst, r.Per.Milliseconds(), only).Int64Slice()
		if err == nil && len(reply) != 2 {
			err = fmt.Errorf("a reply of %d numbers", len(reply))
		}
		return err
	})
	if err != nil {
		r.Burst = max(1, r.Burst/l.peers.count())
		return l.local.take(key, min(n, r.Burst), r, time.Now(), peek)
	}
	l.local.note(key, time.Now().Add(time.Duration(reply[1])*time.Millisecond))
	l.countPeers(ctx)
	return time.Duration(reply[0]) * time.Millisecond, reply[0] == 0
}

// Close closes the connections to Redis.
func (l *Limiter) Close() error { return l.client.Close() }

// peers are the processes that count together.
type peers struct {
	name string // of this one

	mu    sync.Mutex
	n     int64 // how many there were when Redis was last asked
	asked time.Time
}

const (
	peersEvery = 10 * time.Second // how often a process says that it counts
	peerGone   = time.Minute      // a process that has not said so for this long is gone
)

// count is how many processes share a limit.
func (p *peers) count() int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.n
}

// due reports whether this process is to say that it counts.
func (p *peers) due() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if time.Since(p.asked) < peersEvery {
		return false
	}
	p.asked = time.Now()
	return true
}

// countPeers says now and then that this process counts, and learns how many do.
func (l *Limiter) countPeers(ctx context.Context) {
	if !l.peers.due() {
		return
	}
	_ = l.redis.Do(ctx, func(ctx context.Context) error {
		n, err := peersScript.Run(ctx, l.client, []string{"{smalti}:limit-peers"}, l.peers.name, peerGone.Milliseconds()).Int64()
		if err == nil {
			l.peers.mu.Lock()
			l.peers.n = max(1, n)
			l.peers.mu.Unlock()
		}
		return err
	})
}
