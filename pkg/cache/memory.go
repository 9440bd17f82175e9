package cache

import (
	"container/list"
	"sync"
	"time"
)

// memory stores values up to a budget of bytes, and forgets those first that were not used for longest.
type memory struct {
	budget int64

	mu    sync.Mutex
	used  int64
	order list.List // of *stored, the last used in front
	byID  map[string]*list.Element
}

type stored struct {
	entry
	expires time.Time
}

// overhead is about what an entry takes besides its value, here and in Redis.
const overhead = 256

func (s *stored) cost() int64 { return int64(len(s.value)) + overhead }

func (m *memory) get(id string) ([]byte, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	e, ok := m.byID[id]
	if !ok {
		return nil, false
	}
	s := e.Value.(*stored)
	if time.Now().After(s.expires) {
		m.drop(e)
		return nil, false
	}
	m.order.MoveToFront(e)
	return s.value, true
}

func (m *memory) put(e entry) {
	s := &stored{e, time.Now().Add(e.ttl)}
	m.mu.Lock()
	defer m.mu.Unlock()
	if old, ok := m.byID[e.id]; ok {
		m.drop(old)
	}
	if m.byID == nil {
		m.byID = make(map[string]*list.Element)
	}
	m.byID[e.id] = m.order.PushFront(s)
	for m.used += s.cost(); m.used > m.budget; {
		m.drop(m.order.Back())
	}
}

func (m *memory) drop(e *list.Element) {
	s := m.order.Remove(e).(*stored)
	delete(m.byID, s.id)
	m.used -= s.cost()
}

func (m *memory) size() int64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.used
}
