package ftpserver

import "sync"

// sessions bounds the connections: those that have logged in by the configuration, the others by
// [newcomers].
type sessions struct {
	max, maxPerClient int

	mu        sync.Mutex
	closed    bool
	open      map[*conn]bool
	newcomers newcomers
	inside    int            // how many have logged in
	insideBy  map[string]int // the same by client
}

func newSessions(most, perClient int) *sessions {
	return &sessions{max: most, maxPerClient: perClient, open: map[*conn]bool{}, newcomers: newcomers{}, insideBy: map[string]int{}}
}

// admit takes in a new connection, unless the server is closed. Another one may have to go for it.
func (s *sessions) admit(c *conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.open[c] = true
	if surplus := s.newcomers.add(c); surplus != nil {
		surplus.cut()
	}
	return true
}

// logIn counts a newcomer as logged in, if there is a session left.
func (s *sessions) logIn(c *conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.inside >= s.max || s.insideBy[c.client] >= s.maxPerClient {
		return false
	}
	s.newcomers.remove(c)
	s.inside++
	s.insideBy[c.client]++
	return true
}

func (s *sessions) leave(c *conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.open, c)
	s.newcomers.remove(c)
	if c.loggedIn {
		s.inside--
		if s.insideBy[c.client]--; s.insideBy[c.client] == 0 {
			delete(s.insideBy, c.client)
		}
	}
}

// close cuts every connection and admits no more.
func (s *sessions) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	for c := range s.open {
		c.cut()
	}
}
