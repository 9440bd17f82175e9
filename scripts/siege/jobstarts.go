//go:build linux

package main

import (
	"sync"
	"time"
)

// jobStarts knows from the workers' logs when each job first began, and which jobs are the attacker's. It is
// safe for concurrent use.
type jobStarts struct {
	mu       sync.Mutex
	at       map[string]time.Time
	attacker map[string]bool
}

func (s *jobStarts) started(_, id string, at time.Time) {
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
func (s *jobStarts) attackers(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.attacker == nil {
		s.attacker = map[string]bool{}
	}
	s.attacker[id] = true
}

// place returns the place of an honest job among the attacker's jobs that began after it was accepted: 1 if
// it began before all of them. A job that has not begun comes last. It is 0 if the attacker has no jobs.
func (s *jobStarts) place(id string, accepted time.Time) int {
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
