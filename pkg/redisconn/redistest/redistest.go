// Package redistest runs a real redis-server for a test, with a password, on a free port, in a directory of
// its own.
package redistest

import (
	"bufio"
	"fmt"
	"net"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"smalti/pkg/process"
	"smalti/pkg/testenv"
)

// password needs quoting everywhere, so that tests notice where that was forgotten.
const password = "p@ss:w/rd of tests"

// Server is a running redis-server. Everything it acknowledges is on its disk, and survives Kill and Restart
// (appendfsync always: with everysec, even the death of the process alone may lose the last moment).
type Server struct {
	Addr     string // host:port
	Password string // required by the server

	conf    string
	env     []string         // nil: that of the test
	process *process.Process // nil before it was started
}

// Start starts a redis-server and waits until it answers; it is killed when the test ends. conf are further
// lines of redis.conf. The test is skipped where there is no redis-server, unless
// SMALTI_TEST_REAL=1 is set.
func Start(t testing.TB, conf ...string) *Server {
	t.Helper()
	return start(t, nil, durable, conf)
}

// StartAt is Start for a server with a clock of its own.
func StartAt(t testing.TB, c *Clock, conf ...string) *Server {
	t.Helper()
	return start(t, c.env(), durable, conf)
}

// durable is the configuration of a server that never loses what it has acknowledged.
const durable = "appendonly yes\nappendfsync always\nsave \"\"\nrepl-diskless-sync-delay 0"

// StartConf is Start with another configuration, to which only the address, the directory and the password
// are added.
func StartConf(t testing.TB, file string, conf ...string) *Server {
	t.Helper()
	return start(t, nil, file, conf)
}

func start(t testing.TB, env []string, file string, conf []string) *Server {
	t.Helper()
	testenv.Program(t, "redis-server")
	dir := t.TempDir()
	s := &Server{Password: password, env: env}
	t.Cleanup(s.Kill)
	var err error
	for range 5 {
		s.Addr = freeAddr(t)
		_, port, _ := net.SplitHostPort(s.Addr)
		lines := append([]string{
			file, "bind 127.0.0.1", "port " + port, "dir " + dir, fmt.Sprintf("requirepass %q", password),
		}, conf...)
		s.conf = strings.Join(lines, "\n") + "\n"
		if err = s.Restart(); !process.PortTaken(err) {
			break
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func freeAddr(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// URL is the server's address, without the password.
func (s *Server) URL() string { return "redis://" + s.Addr }

// Kill ends the server as a crash would. It may be called again.
func (s *Server) Kill() {
	if s.process != nil {
		s.process.Kill()
	}
}

// Freeze stops the server as if its machine hung: connections stay open, and nothing answers. Thaw undoes it.
func (s *Server) Freeze() { s.process.Signal(syscall.SIGSTOP) }

// Thaw continues a frozen server.
func (s *Server) Thaw() { s.process.Signal(syscall.SIGCONT) }

// Restart starts the server again after Kill, at the same address with the same data.
func (s *Server) Restart() error {
	cmd := exec.Command("redis-server", "-") // the password must not show in the process list
	cmd.Stdin = strings.NewReader(s.conf)
	cmd.Env = s.env
	p, err := process.Start(cmd, nil)
	if err != nil {
		return err
	}
	s.process = p
	if err := p.Await(startTime, s.ping); err != nil {
		p.Kill()
		return err
	}
	return nil
}

// startTime is how long a server may take until it is ready.
const startTime = time.Minute

// ping speaks just enough of the protocol to see whether the server has loaded its data.
func (s *Server) ping() error {
	c, err := net.DialTimeout("tcp", s.Addr, time.Second)
	if err != nil {
		return err
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(time.Second))
	if _, err := fmt.Fprintf(c, "AUTH %q\r\nPING\r\n", s.Password); err != nil {
		return err
	}
	r := bufio.NewReader(c)
	for _, want := range []string{"+OK", "+PONG"} {
		line, err := r.ReadString('\n')
		if err != nil {
			return err
		}
		if strings.TrimSpace(line) != want {
			return fmt.Errorf("redis-server answers %q", line)
		}
	}
	return nil
}
