package journal

import "sync"

// locks are one for each id that somebody has locked, with how many have it or wait for it.
type locks struct {
	mu  sync.Mutex
	ids map[string]*idLock
}

type idLock struct {
	sync.Mutex
	users int
}

// Lock keeps others from accepting, putting back or withdrawing a package until unlock is called. What
// is done under it is to be looked up under it.
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
