package cache

import (
	"sync"
	"time"
)

// How long Redis is left alone after it failed: at first, and at most.
const (
	firstPause = 2 * time.Second
	maxPause   = time.Minute
)

// breaker keeps everybody from waiting for a Redis that is away. After a failure it lets nobody
// through for a while, then one to find out, and after each further failure it waits twice as long.
type breaker struct {
	mu      sync.Mutex
	pause   time.Duration // zero: all is well
	until   time.Time
	probing bool // somebody is finding out
}

// allow reports whether to try. Who tries reports how it went.
func (b *breaker) allow() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.pause == 0:
		return true
	case b.probing || time.Now().Before(b.until):
		return false
	}
	b.probing = true
	return true
}

// report tells how a try went. What is neither Redis's fault nor its merit is told as cancelled.
// It returns whether that is news.
func (b *breaker) report(o outcome) (news bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	probed, was := b.probing, b.pause
	b.probing = false
	switch {
	case o == worked:
		b.pause = 0
		return was != 0
	case o == failed && (was == 0 || probed):
		b.pause = min(max(2*was, firstPause), maxPause)
		b.until = time.Now().Add(b.pause)
		return was == 0
	}
	return false
}

// outcome is how a try went.
type outcome int

const (
	failed outcome = iota
	worked
	cancelled
)
