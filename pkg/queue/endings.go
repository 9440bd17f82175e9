package queue

import (
	"sync"

	"smalti/pkg/job"
)

// endings remembers how the texts of jobs that have ended were read. They hardly ever change, are asked for again and
// again, and reading one takes longer than asking for it. The zero value remembers none. It is safe for concurrent
// use.
type endings struct {
	mu    sync.Mutex
	known map[string]ending // by id
}

// ending is what Redis says about a job that has ended, and what that means.
type ending struct {
	text   endingText
	status job.Status
}

type endingText struct{ state, created, maker, outcome, lifetime string }

// maxEndings bounds their memory to a few megabytes.
const maxEndings = 2000

// read is readStatus.
func (e *endings) read(id string, reply []any) (job.Status, error) {
	text, ended := endingIn(reply)
	if !ended {
		return readStatus(id, reply)
	}
	e.mu.Lock()
	known, ok := e.known[id]
	e.mu.Unlock()
	if ok && known.text == text {
		return known.status, nil
	}
	s, err := readStatus(id, reply)
	if err != nil {
		return s, err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.known == nil || len(e.known) >= maxEndings {
		e.known = make(map[string]ending)
	}
	e.known[id] = ending{text, s}
	return s, nil
}

// endingIn reports whether a reply of status.lua is about a job that has ended, and how.
func endingIn(reply []any) (text endingText, ended bool) {
	if len(reply) != statusFields {
		return text, false
	}
	at := func(i int) string { s, _ := reply[i].(string); return s }
	text = endingText{at(0), at(5), at(6), at(7), at(9)}
	switch text.state {
	case "", string(job.Done), string(job.Failed):
		return text, text.outcome != ""
	}
	return text, false
}
