// Package kept keeps answers about mosaics that are done or have failed, which are the same until the status
// changes.
package kept

import (
	"container/list"
	"reflect"
	"sync"

	"smalti/pkg/job"
)

// Answers keeps answers of type V. K is what the answers about a mosaic in one status differ in: a language, for
// instance. All answers about a mosaic are kept and forgotten together; those that were asked for the longest ago
// go first. It is safe for concurrent use, and so must V be.
type Answers[K comparable, V any] struct {
	max int // bytes

	mu      sync.Mutex
	mosaics map[string]*list.Element // of *mosaic, by id
	order   list.List                // the latest first
	bytes   int
}

// mosaic has the answers about a mosaic in one status.
type mosaic[K comparable, V any] struct {
	status  job.Status
	answers map[K]V
	bytes   int
}

const (
	maxKinds = 16      // of one mosaic: whoever asks may call this server by any name
	overhead = 1 << 10 // bytes of an answer besides its own
)

// New makes one that keeps so many bytes.
func New[K comparable, V any](bytes int) *Answers[K, V] {
	return &Answers[K, V]{max: bytes, mosaics: make(map[string]*list.Element)}
}

// Get returns an answer that was kept for exactly this status. What is kept for another one is forgotten.
func (a *Answers[K, V]) Get(status job.Status, kind K) (answer V, known bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	at := a.of(status)
	if at == nil {
		return answer, false
	}
	a.order.MoveToFront(at)
	answer, known = at.Value.(*mosaic[K, V]).answers[kind]
	return answer, known
}

// Put keeps an answer of so many bytes. Nobody may change what the status refers to any more.
func (a *Answers[K, V]) Put(status job.Status, kind K, answer V, bytes int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	at := a.of(status)
	if at != nil && len(at.Value.(*mosaic[K, V]).answers) >= maxKinds {
		a.remove(at)
		at = nil
	}
	if at == nil {
		at = a.order.PushFront(&mosaic[K, V]{status: status, answers: make(map[K]V)})
		a.mosaics[status.ID] = at
	}
	m := at.Value.(*mosaic[K, V])
	if _, known := m.answers[kind]; !known {
		m.bytes += bytes + overhead
		a.bytes += bytes + overhead
	}
	m.answers[kind] = answer
	for a.bytes > a.max {
		a.remove(a.order.Back())
	}
}

// Forget removes all answers about a mosaic.
func (a *Answers[K, V]) Forget(id string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if at := a.mosaics[id]; at != nil {
		a.remove(at)
	}
}

// Len returns about how many mosaics answers are kept.
func (a *Answers[K, V]) Len() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.mosaics)
}

// of finds a mosaic, and forgets it if it is kept with another status.
func (a *Answers[K, V]) of(status job.Status) *list.Element {
	at := a.mosaics[status.ID]
	if at != nil && !reflect.DeepEqual(at.Value.(*mosaic[K, V]).status, status) {
		a.remove(at)
		return nil
	}
	return at
}

func (a *Answers[K, V]) remove(at *list.Element) {
	m := a.order.Remove(at).(*mosaic[K, V])
	delete(a.mosaics, m.status.ID)
	a.bytes -= m.bytes
}
