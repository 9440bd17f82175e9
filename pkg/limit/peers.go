package limit

import (
	"context"
	_ "embed"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

// peers are the processes that count together.
type peers struct {
	name string // of this one

	mu    sync.Mutex
	n     int64 // how many there were when Redis was last asked
	asked time.Time
}

const (
	peersEvery = 10 * time.Second // how often a process says that it counts
	peerGone   = time.Minute      // after how long one that says nothing is gone
)

//go:embed scripts/peers.lua
var peersLua string

var peersScript = redis.NewScript(peersLua)

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

// count says now and then that this process counts, and learns how many do.
func (l *Limiter) count(ctx context.Context) {
	if !l.peers.due() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, l.Patience)
	defer cancel()
	n, err := peersScript.Run(ctx, l.client, []string{"{smalti}:limit-peers"}, l.peers.name, peerGone.Milliseconds()).Int64()
	if err != nil {
		return // the next question will tell
	}
	l.peers.mu.Lock()
	defer l.peers.mu.Unlock()
	l.peers.n = max(1, n)
}
