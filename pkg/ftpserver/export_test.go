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

// SetPortWait sets how long the server waits for a free passive port, before its first client comes.
func SetPortWait(s *Server, d time.Duration) { s.portWait = d }
