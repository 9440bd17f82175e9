package redisconn

import (
	"context"
	"errors"
	"sync"
	"time"
)

// respite is how long Redis is left alone after it failed.
const respite = 2 * time.Second

// errAway is the error of a call that was not made, since Redis failed a moment ago.
var errAway = errors.New("redis failed a moment ago")

// Breaker keeps callers from waiting for a Redis that is away. After a failure, no call is made for two
// seconds, then one to find out. It is safe for concurrent use.
type Breaker struct {
	Patience time.Duration   // for one call
	Changed  func(err error) // told when Redis goes away, and with nil when it is back; may be nil

	mu      sync.Mutex
	away    bool
	probing bool      // a call is finding out
	next    time.Time // when the next call is made
}

// Do calls f with a context that ends after Patience, and returns its error, or errAway without a call.
// An error says nothing about Redis if ctx itself has ended.
func (b *Breaker) Do(ctx context.Context, f func(context.Context) error) error {
	if !b.allow() {
		return errAway
	}
	limited, cancel := context.WithTimeout(ctx, b.Patience)
	defer cancel()
	err := f(limited)
	if b.report(ctx, err) && b.Changed != nil {
		b.Changed(err)
	}
	return err
}

func (b *Breaker) allow() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.away {
		return true
	}
	if b.probing || time.Now().Before(b.next) {
		return false
	}
	b.probing = true
	return true
}

func (b *Breaker) report(ctx context.Context, err error) (changed bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	probed, was := b.probing, b.away
	b.probing = false
	switch {
	case err == nil:
		b.away = false
	case ctx.Err() != nil:
	case !was || probed:
		b.away, b.next = true, time.Now().Add(respite)
	}
	return b.away != was
}
