package ftptest

import (
	"bufio"
	"bytes"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

const startTime = 10 * time.Second

// daemon is a server's process, which can be ended and started again on the same port.
type daemon struct {
	name, program string
	args          func(port int) []string
	port          int
	process       *os.Process
	ended         chan error
}

// Start starts a server of its own for the test, which ends with it. Where the server is not installed,
// or needs root and has not got it, the test is skipped.
func Start(t testing.TB, kind Kind, o Options) *Server {
	t.Helper()
	program := find(t, string(kind))
	work := t.TempDir()
	s := &Server{Dir: o.Dir, Password: Password, UID: os.Getuid(), strict: o.Strict}
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
	// Between finding a free port and listening on it, somebody else may take it.
	var err error
	for range 5 {
		s.daemon.port = freePort(t)
		if err = s.daemon.run(); err == nil {
			s.URL = fmt.Sprintf("%s://%s@127.0.0.1:%d", scheme, user, s.daemon.port)
			return s
		}
	}
	t.Fatalf("starting %s: %v", kind, err)
	return nil
}

// find looks on the PATH, and where servers are that are not on everybody's.
func find(t testing.TB, name string) string {
	t.Helper()
	if program, err := exec.LookPath(name); err == nil {
		return program
	}
	program := filepath.Join("/usr/sbin", name)
	if _, err := os.Stat(program); err != nil {
		missing(t, name)
	}
	return program
}

// Kill ends the server and every connection to it at once.
func (s *Server) Kill() { s.daemon.kill() }

// Restart starts the server again, where it was.
func (s *Server) Restart(t testing.TB) {
	t.Helper()
	if err := s.daemon.run(); err != nil {
		t.Fatalf("starting %s again: %v", s.daemon.name, err)
	}
}

func (d *daemon) run() error {
	var output bytes.Buffer
	cmd := exec.Command(d.program, d.args(d.port)...)
	cmd.Stdout, cmd.Stderr = &output, &output
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		return err
	}
	d.process, d.ended = cmd.Process, make(chan error, 1)
	go func() { d.ended <- cmd.Wait() }()
	deadline := time.Now().Add(startTime)
	for time.Now().Before(deadline) {
		select {
		case err := <-d.ended:
			d.process = nil
			return fmt.Errorf("it ended (%v): %s", err, output.String())
		case <-time.After(10 * time.Millisecond):
		}
		if greets(d.port) {
			return nil
		}
	}
	d.kill()
	return fmt.Errorf("no greeting within %v: %s", startTime, output.String())
}

func (d *daemon) kill() {
	if d.process == nil {
		return
	}
	_ = syscall.Kill(-d.process.Pid, syscall.SIGKILL) // its own group: it has a process for each connection
	<-d.ended
	d.process = nil
}

func greets(port int) bool {
	conn, err := net.DialTimeout("tcp", fmt.Sprintf("127.0.0.1:%d", port), time.Second)
	if err != nil {
		return false
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(time.Second))
	line, _ := bufio.NewReader(conn).ReadString('\n')
	return strings.HasPrefix(line, "220")
}

// freePort finds a port below those that the system gives out by itself, so that nobody gets it while
// the server is down.
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
