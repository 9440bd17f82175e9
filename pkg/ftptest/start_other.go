//go:build !linux

package ftptest

import (
	"testing"

	"smalti/pkg/testenv"
)

// Start is only for Linux.
func Start(t testing.TB, kind Kind, _ Options) *Server {
	testenv.Missing(t, string(kind)+" runs on Linux only")
	return nil
}

type daemon struct{}

// Kill is only for Linux.
func (s *Server) Kill() {}

// Restart is only for Linux.
func (s *Server) Restart(testing.TB) {}
