package throttle

import (
	"sync"
	"time"
)

// Minutely lets each of several things happen once a minute. The zero value is ready for use. It is safe for
// concurrent use.
type Minutely[K comparable] struct {
	mu   sync.Mutex
	last map[K]time.Time
}

// Due reports whether it is time for a thing again.
func (m *Minutely[K]) Due(thing K) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if last, ok := m.last[thing]; ok && time.Since(last) < time.Minute {
		return false
	}
	if m.last == nil {
		m.last = map[K]time.Time{}
	}
	m.last[thing] = time.Now()
	return true
}
