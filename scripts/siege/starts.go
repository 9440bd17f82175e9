//go:build linux

package main

import (
	"bytes"
	"io"
	"sync"
	"time"

	"smalti/pkg/rig"
)

// starts knows when each job began for the first time, from the workers' logs, and whose it is. It is
// safe for concurrent use.
type starts struct {
	mu       sync.Mutex
	at       map[string]time.Time
	attacker map[string]bool
}

// watch returns where a worker's log goes.
func (s *starts) watch() io.Writer {
	return rig.Lines(func(line []byte) {
		if bytes.Contains(line, []byte(`msg="job started"`)) {
			s.started(rig.Field(line, "job"), time.Now())
		}
	})
}

func (s *starts) started(id string, at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.at == nil {
		s.at = map[string]time.Time{}
	}
	if _, known := s.at[id]; !known {
		s.at[id] = at
	}
}

// attackers notes that a job is an attacker's.
func (s *starts) attackers(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.attacker == nil {
		s.attacker = map[string]bool{}
	}
	s.attacker[id] = true
}

// place says before which of the attacker's jobs an honest one began, of those that began after it was
// accepted: 1 when none of them did. One that has not begun comes after all of them. It is 0 where the
// attacker has no jobs.
func (s *starts) place(id string, accepted time.Time) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.attacker) == 0 {
		return 0
	}
	began, known := s.at[id]
	place := 1
	for other := range s.attacker {
		at, started := s.at[other]
		if started && at.After(accepted) && (!known || at.Before(began)) {
			place++
		}
	}
	return place
}
