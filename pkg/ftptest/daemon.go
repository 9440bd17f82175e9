package ftptest

import (
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"smalti/pkg/process"
	"smalti/pkg/testenv"
)

// startTime is long, since it matters only for a server that neither becomes ready nor fails.
const startTime = time.Minute

// daemon is a server's process, which can be killed and started again on the same port.
type daemon struct {
	name, program string
	args          func(port int) []string
	port          int
	process       *process.Process // nil while it is down
}

// Start starts a server for the test, which ends with it. If the server is not installed, or needs root and
// does not have it, the test is skipped.
func Start(t testing.TB, kind Kind, o Options) *Server {
	t.Helper()
	program := testenv.Program(t, string(kind))
	work := t.TempDir()
	s := &Server{Dir: o.Dir, Password: Password, UID: os.Getuid(), strict: o.Strict, perAddress: o.PerAddress}
	if s.Dir == "" {
		s.Dir = filepath.Join(work, "store")
		if err := os.Mkdir(s.Dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	var cert *Certificate
	scheme := "ftp"
	if o.TLS {
		c := NewCertificate(t)
		cert, s.CAFile, scheme = &c, c.CAFile, "ftps"
	}
	prepare := map[Kind]func(testing.TB, *Server, string, string, *Certificate) (string, func(int) []string){
		VSFTPD: vsftpd, ProFTPD: proftpd, PureFTPd: pureftpd,
	}[kind]
	user, args := prepare(t, s, program, work, cert)
	s.daemon = &daemon{name: string(kind), program: program, args: args}
	t.Cleanup(s.daemon.kill)
	s.daemon.port = freePort(t)
	err := s.daemon.run()
	for tries := 1; process.PortTaken(err) && tries < 5; tries++ {
		s.daemon.port = freePort(t)
		err = s.daemon.run()
	}
	if err != nil {
		t.Fatalf("starting %s: %v", kind, err)
	}
	s.URL = fmt.Sprintf("%s://%s@127.0.0.1:%d", scheme, user, s.daemon.port)
	return s
}

// Kill kills the server and every connection to it.
func (s *Server) Kill() { s.daemon.kill() }

// Restart starts the server again on the same port.
func (s *Server) Restart(t testing.TB) {
	t.Helper()
	if err := s.daemon.run(); err != nil {
		t.Fatalf("starting %s again: %v", s.daemon.name, err)
	}
}

func (d *daemon) run() error {
	p, err := process.Start(exec.Command(d.program, d.args(d.port)...), nil)
	if err != nil {
		return err
	}
	d.process = p
	if err := p.Await(startTime, process.Greets(fmt.Sprintf("127.0.0.1:%d", d.port), "220")); err != nil {
		d.kill()
		return err
	}
	return nil
}

func (d *daemon) kill() {
	if d.process != nil {
		d.process.Kill() // with its group: it has a process for each connection
		d.process = nil
	}
}

// freePort finds a port below those that the system assigns, so that no other program gets it while the
// server is down.
func freePort(t testing.TB) int {
	for range 100 {
		port := 20_000 + rand.IntN(12_000)
		if l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port)); err == nil {
			l.Close()
			return port
		}
	}
	t.Fatal("there is no free port")
	return 0
}
