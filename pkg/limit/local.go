package limit

import (
	"math"
	"sync"
	"time"
)

// local counts in this process, as take.lua does.
type local struct {
	mu   sync.Mutex
	full map[string]time.Time // when each bucket will be full again
}

// maxLocal is how many buckets are stored before the full ones are removed; if none is full, all are.
const maxLocal = 100_000

// note remembers when a bucket will be full again, according to Redis.
func (l *local) note(key string, full time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.set(key, full, time.Now())
}

func (l *local) set(key string, full, now time.Time) {
	if l.full == nil || len(l.full) >= maxLocal {
		l.clean(now)
	}
	l.full[key] = full
}

func (l *local) take(key string, n int64, r Rate, now time.Time, peek bool) (wait time.Duration, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	full := l.full[key]
	if full.Before(now) {
		full = now
	}
	if latest := now.Add(r.Per); full.After(latest) {
		full = latest
	}
	after := full.Add(time.Duration(math.Round(float64(n) / float64(r.Burst) * float64(r.Per))))
	if wait := after.Add(-r.Per).Sub(now); wait > 0 {
		return wait, false
	}
	if !peek {
		l.set(key, after, now)
	}
	return 0, true
}

func (l *local) clean(now time.Time) {
	for key, full := range l.full {
		if !full.After(now) {
			delete(l.full, key)
		}
	}
	if l.full == nil || len(l.full) >= maxLocal {
		l.full = make(map[string]time.Time)
	}
}
