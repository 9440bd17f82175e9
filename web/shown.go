package main

import (
	"container/list"
	"sync"
	"time"

	"smalti/pkg/job"
	"smalti/pkg/metrics"
)

// firsts tells the first time that somebody sees a mosaic, as far as this process knows: the end of what
// began with a click. It remembers the last of them; another web server, or this one after a restart,
// may call it a first time again.
type firsts struct {
	metric metrics.Shown
	since  time.Time

	mu    sync.Mutex
	ids   map[string]*list.Element
	order list.List // of ids, the oldest first
}

const maxFirsts = 10_000

func newFirsts(m metrics.Shown) *firsts {
	return &firsts{metric: m, since: time.Now(), ids: map[string]*list.Element{}}
}

// see reports whether this is the first time. How long it took counts only for what was finished while
// this process ran.
func (f *firsts) see(s job.Status) bool {
	if f == nil || !s.State.Final() {
		return false
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.ids[s.ID] != nil {
		return false
	}
	f.ids[s.ID] = f.order.PushBack(s.ID)
	if f.order.Len() > maxFirsts {
		delete(f.ids, f.order.Remove(f.order.Front()).(string))
	}
	if s.State == job.Done && s.Finished.After(f.since) {
		f.metric.Observe(time.Since(s.Created))
	}
	return true
}

// seen notes that somebody is told of a mosaic.
func (s *server) seen(status job.Status) {
	if s.shown.see(status) {
		s.log.Info("first seen", "job", status.ID, "state", status.State, "after", time.Since(status.Created).Round(time.Millisecond))
	}
}
