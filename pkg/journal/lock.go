package journal

import "sync"

// locks has a lock for each id that is locked.
type locks struct {
	mu  sync.Mutex
	ids map[string]*idLock
}

type idLock struct {
	sync.Mutex
	users int // that have it or wait for it
}

// Lock keeps others from accepting, requeueing or withdrawing a package until unlock is called. The holder
// must look up the state again that it acts upon.
func (j *Journal) Lock(id string) (unlock func()) {
	l := &j.locks
	l.mu.Lock()
	if l.ids == nil {
		l.ids = make(map[string]*idLock)
	}
	one := l.ids[id]
	if one == nil {
		one = &idLock{}
		l.ids[id] = one
	}
	one.users++
	l.mu.Unlock()
	one.Lock()
	return func() {
		one.Unlock()
		l.mu.Lock()
		defer l.mu.Unlock()
		if one.users--; one.users == 0 {
			delete(l.ids, id)
		}
	}
}
