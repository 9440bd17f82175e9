package queue

import (
	"sync"

	"smalti/pkg/job"
)

// endings remembers how replies about jobs that have ended were read. They hardly ever change, are asked for again and
// again, and reading one takes longer than asking for it. The zero value remembers none. It is safe for concurrent
// use.
type endings struct {
	mu    sync.Mutex
	known map[string]ending // by id
}

// ending is a reply of status.lua about a job that has ended, and what it means.
type ending struct {
	reply  string
	status job.Status
}

// maxEndings bounds their memory to a few megabytes.
const maxEndings = 2000

// read is readStatus.
func (e *endings) read(id, reply string) (job.Status, error) {
	e.mu.Lock()
	known, ok := e.known[id]
	e.mu.Unlock()
	if ok && known.reply == reply {
		return known.status, nil
	}
	s, err := readStatus(id, reply)
	if err != nil || !s.State.Final() {
		return s, err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.known == nil || len(e.known) >= maxEndings {
		e.known = make(map[string]ending)
	}
	e.known[id] = ending{reply, s}
	return s, nil
}
