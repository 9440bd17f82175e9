package status

import (
	"container/list"
	"log/slog"
	"sync"
	"time"

	"smalti/pkg/job"
	"smalti/pkg/metrics"
)

// FirstViews notices the first time that someone sees a finished mosaic, as far as this process knows. It
// remembers a number of mosaics; another web server, or this one after a restart, may call it a first time
// again. It is safe for concurrent use.
type FirstViews struct {
	metric metrics.Shown
	log    *slog.Logger
	since  time.Time

	mu    sync.Mutex
	ids   map[string]*list.Element
	order list.List // of ids, the oldest first
}

const maxFirstViews = 10_000

// NewFirstViews makes one that measures how long people waited.
func NewFirstViews(m metrics.Shown, log *slog.Logger) *FirstViews {
	return &FirstViews{metric: m, log: log, since: time.Now(), ids: map[string]*list.Element{}}
}

// Note is told whenever someone is shown a mosaic. The wait is measured for mosaics that were finished
// while this process ran.
func (f *FirstViews) Note(s job.Status) {
	if f == nil || !s.State.Final() || !f.add(s.ID) {
		return
	}
	waited := time.Since(s.Created)
	if s.State == job.Done && s.Finished.After(f.since) {
		f.metric.Observe(waited)
	}
	f.log.Info("first seen", "job", s.ID, "state", s.State, "after", waited.Round(time.Millisecond))
}

// add reports whether an id is new.
func (f *FirstViews) add(id string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.ids[id] != nil {
		return false
	}
	f.ids[id] = f.order.PushBack(id)
	if f.order.Len() > maxFirstViews {
		delete(f.ids, f.order.Remove(f.order.Front()).(string))
	}
	return true
}
