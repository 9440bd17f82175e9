package process_test

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"smalti/pkg/process"
)

// long is a limit that no test here may reach.
const long = time.Hour

var errNotYet = errors.New("not yet")

func start(t *testing.T, script string) *process.Process {
	t.Helper()
	p, err := process.Start(exec.Command("sh", "-c", script), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Kill() })
	return p
}

func Example() {
	p, err := process.Start(exec.Command("sh", "-c", "echo hello; exit 3"), os.Stdout)
	if err != nil {
		panic(err)
	}
	fmt.Println("exit code", p.Wait())
	// Output:
	// hello
	// exit code 3
}

// A program that has ended is not waited for, and its output is in the error.
func TestEndedBeforeItIsReady(t *testing.T) {
	p := start(t, "echo no such account >&2; exit 2")
	err := p.Await(long, func() error { return errNotYet })
	if err == nil || !strings.Contains(err.Error(), "exit status 2") || !strings.Contains(err.Error(), "no such account") {
		t.Error(err)
	}
}

// A program that has ended is not ready, even when somebody else answers at its address.
func TestSomebodyElseAnswers(t *testing.T) {
	p := start(t, "exit 1")
	p.Wait()
	if err := p.Await(long, func() error { return nil }); err == nil {
		t.Error("ready")
	}
}

func TestReady(t *testing.T) {
	p := start(t, "echo hello; exec sleep 1000")
	tries := 0
	if err := p.Await(long, func() error {
		if tries++; tries < 3 {
			return errNotYet
		}
		return nil
	}); err != nil || !p.Alive() {
		t.Error(err, p.Alive())
	}
	if err := p.Await(time.Millisecond, func() error { return errNotYet }); !errors.Is(err, errNotYet) {
		t.Errorf("never ready: %v", err)
	}
	if !p.Kill() || p.Alive() || p.Kill() || p.Wait() != -1 {
		t.Error("it is not killed once and for all")
	}
}

// A server that greets with an error is given up at once, with what it said.
func TestRefusesInsteadOfGreeting(t *testing.T) {
	for line, want := range map[string]string{"220 welcome\r\n": "", "500 OOPS: no such account\r\n": "no such account"} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			for c, err := l.Accept(); err == nil; c, err = l.Accept() {
				c.Write([]byte(line))
				c.Close()
			}
		}()
		err = start(t, "exec sleep 1000").Await(long, process.Greets(l.Addr().String(), "220"))
		if (want == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", line, err)
		}
		l.Close()
	}
}

// The end of a long output is kept, and all of it goes to who asked for it.
func TestOutput(t *testing.T) {
	var all bytes.Buffer
	p, err := process.Start(exec.Command("sh", "-c", "seq 100000; exit 3"), &all)
	if err != nil {
		t.Fatal(err)
	}
	if code := p.Wait(); code != 3 || !strings.HasPrefix(all.String(), "1\n2\n") {
		t.Errorf("code %d, %d bytes", code, all.Len())
	}
	err = p.Await(long, func() error { return nil })
	if err == nil || !strings.HasSuffix(err.Error(), "\n100000") || len(err.Error()) > 20_000 {
		t.Error(err)
	}
}
