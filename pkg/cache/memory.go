package cache

import (
	"container/list"
	"sync"
	"time"
)

// memory keeps values up to a budget of bytes, and forgets first what was not used for the longest
// time.
type memory struct {
	budget int64

	mu    sync.Mutex
	used  int64
	order list.List // of *kept, the last used in front
	by    map[string]*list.Element
}

type kept struct {
	id      string
	value   []byte
	expires time.Time
}

// overhead is about what an entry takes besides its value, here and in Redis.
const overhead = 256

func (k *kept) cost() int64 { return int64(len(k.value)) + overhead }

func (m *memory) get(id string) ([]byte, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	e, ok := m.by[id]
	if !ok {
		return nil, false
	}
	k := e.Value.(*kept)
	if time.Now().After(k.expires) {
		m.drop(e)
		return nil, false
	}
	m.order.MoveToFront(e)
	return k.value, true
}

func (m *memory) put(id string, value []byte, keep time.Duration) {
	k := &kept{id, value, time.Now().Add(keep)}
	m.mu.Lock()
	defer m.mu.Unlock()
	if e, ok := m.by[id]; ok {
		m.drop(e)
	}
	if m.by == nil {
		m.by = make(map[string]*list.Element)
	}
	m.by[id] = m.order.PushFront(k)
	for m.used += k.cost(); m.used > m.budget; {
		m.drop(m.order.Back())
	}
}

func (m *memory) drop(e *list.Element) {
	k := m.order.Remove(e).(*kept)
	delete(m.by, k.id)
	m.used -= k.cost()
}

func (m *memory) size() int64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.used
}
