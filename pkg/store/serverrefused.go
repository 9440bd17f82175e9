package store

import (
	"sync"
	"time"
)

// Refusal says why a [Server] refused a client.
type Refusal string

// The reasons that those who run it should know of.
const (
	Full     Refusal = "full"     // there is no room left
	Login    Refusal = "password" // wrong user or password
	Sessions Refusal = "sessions" // too many are logged in
)

// Refusals are all of them.
var Refusals = []Refusal{Full, Login, Sessions}

const complainEvery = time.Minute

// complaints remembers when the log was told last.
type complaints struct {
	mu   sync.Mutex
	last map[Refusal]time.Time
}

func (c *complaints) due(why Refusal) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.last[why].IsZero() && time.Since(c.last[why]) < complainEvery {
		return false
	}
	if c.last == nil {
		c.last = map[Refusal]time.Time{}
	}
	c.last[why] = time.Now()
	return true
}

func (s *Server) refused(why Refusal, host string) {
	s.logging.RLock()
	defer s.logging.RUnlock()
	if s.silent {
		return
	}
	if s.config.Refused != nil {
		s.config.Refused(why)
	}
	if !s.complained.due(why) {
		return
	}
	switch why {
	case Full:
		s.log.Error("the store is full, and refuses what workers deliver", "do", "make room on its disk, or raise -store-quota", "client", host)
	case Sessions:
		s.log.Warn("the store has no session left; workers wait for one", "do", "if that lasts, raise -store-sessions and -store-sessions-per-client", "client", host)
	case Login:
		s.log.Warn("somebody tried to get into the store with a wrong user or password", "do", "if that is a worker, compare its -store-password-file", "client", host)
	}
}
