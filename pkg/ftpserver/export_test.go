package ftpserver

import "time"

// Newcomers is how many connections have not logged in.
func Newcomers(s *Server) (n int) {
	s.sessions.mu.Lock()
	defer s.sessions.mu.Unlock()
	for _, all := range s.sessions.newcomers {
		n += len(all)
	}
	return n
}

// ClientOf is for the test of it.
var ClientOf = clientOf

// SetPortWait changes how long clients wait for a free passive port. It is for before the first one.
func SetPortWait(s *Server, d time.Duration) { s.portWait = d }
