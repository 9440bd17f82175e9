//go:build !linux

package ftptest

import "testing"

// Start is only for Linux.
func Start(t testing.TB, kind Kind, _ Options) *Server {
	missing(t, string(kind))
	return nil
}

type daemon struct{}

// Kill is only for Linux.
func (s *Server) Kill() {}

// Restart is only for Linux.
func (s *Server) Restart(testing.TB) {}
