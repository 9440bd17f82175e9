package systemd_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"smalti/pkg/systemd"
)

const asService = "SMALTI_TEST_AS_SERVICE"

// TestMain is also a service that was passed two sockets: it answers one connection at each.
func TestMain(m *testing.M) {
	if os.Getenv(asService) == "" {
		os.Exit(m.Run())
	}
	os.Setenv("LISTEN_PID", fmt.Sprint(os.Getpid())) // systemd sets it after the fork
	for _, name := range []string{"store", "web"} {
		l, err := systemd.Listen(name, "127.0.0.1:0")
		if err != nil {
			panic(err)
		}
		c, err := l.Accept()
		if err != nil {
			panic(err)
		}
		fmt.Fprint(c, name)
		c.Close()
	}
}

// notified returns what is sent to a socket of systemd's kind.
func notified(t *testing.T) <-chan string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "notify")
	c, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() { c.Close() })
	t.Setenv("NOTIFY_SOCKET", path)
	messages := make(chan string, 100)
	go func() {
		b := make([]byte, 4096)
		for {
			n, err := c.Read(b)
			if err != nil {
				return
			}
			messages <- string(b[:n])
		}
	}()
	return messages
}

func TestTellsSystemd(t *testing.T) {
	messages := notified(t)
	systemd.Status("waiting for Redis")
	systemd.Ready()
	systemd.Stopping()
	for _, want := range []string{"STATUS=waiting for Redis", "READY=1", "STOPPING=1"} {
		if got := <-messages; got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestWatchdogIsFedOnlyByWhatIsAlive(t *testing.T) {
	messages := notified(t)
	t.Setenv("WATCHDOG_USEC", fmt.Sprint(20*time.Millisecond.Microseconds()))
	t.Setenv("WATCHDOG_PID", fmt.Sprint(os.Getpid()))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var asked atomic.Int64
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		systemd.Watch(ctx, func() error {
			if asked.Add(1) > 3 {
				return errors.New("nothing moves")
			}
			return nil
		}, slog.New(slog.DiscardHandler))
	}()
	for range 3 {
		if m := <-messages; m != "WATCHDOG=1" {
			t.Errorf("%q", m)
		}
	}
	for asked.Load() < 6 { // it was asked again, and again
		time.Sleep(time.Millisecond)
	}
	cancel()
	<-ended
	if len(messages) != 0 {
		t.Errorf("fed by what is not alive: %q", <-messages)
	}
}

// Without systemd nothing is told to anybody, and nothing waits.
func TestWithoutSystemd(t *testing.T) {
	t.Setenv("NOTIFY_SOCKET", "")
	t.Setenv("WATCHDOG_USEC", "")
	systemd.Ready()
	systemd.Watch(context.Background(), func() error { t.Error("asked"); return nil }, slog.New(slog.DiscardHandler))
	l, err := systemd.Listen("web", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if _, port, _ := strings.Cut(l.Addr().String(), ":"); port == "0" {
		t.Error(l.Addr())
	}
}

// Connections that were made before the service started are answered by it.
func TestTakesOverSockets(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, self)
	names := []string{"web", "store"}
	cmd.Env = append(os.Environ(), asService+"=1", "LISTEN_FDS=2", "LISTEN_FDNAMES="+strings.Join(names, ":"))
	var callers []net.Conn
	for range names {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		file, err := l.(*net.TCPListener).File()
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		cmd.ExtraFiles = append(cmd.ExtraFiles, file) // from descriptor 3, as systemd passes them
		c, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		callers = append(callers, c)
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for i, want := range names {
		if b, err := io.ReadAll(callers[i]); err != nil || string(b) != want {
			t.Errorf("%q %v, want %q", b, err, want)
		}
	}
}
