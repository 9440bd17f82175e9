package ftpserver

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
