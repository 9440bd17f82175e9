// Package process starts other programs, and waits until each is ready. A program that ends, or that
// refuses to serve, is an error at once, with what it said. It is for tests, and for tools that run a
// whole system.
package process

import (
	"errors"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"
)

// Process is a child, the leader of a process group of its own. On Linux it dies with this program,
// however that dies. It is safe for concurrent use.
type Process struct {
	cmd   *exec.Cmd
	said  tail
	ended chan struct{}
}

// outputDelay is how long the output is read on when the child has ended and its own children have not.
const outputDelay = 2 * time.Second

// Start starts a program. What it writes goes to out as well, which may be nil; cmd's own Stdout and
// Stderr are replaced. The caller must not wait for cmd.
func Start(cmd *exec.Cmd, out io.Writer) (*Process, error) {
	p := &Process{cmd: cmd, ended: make(chan struct{})}
	var w io.Writer = &p.said
	if out != nil {
		w = io.MultiWriter(&p.said, out)
	}
	cmd.Stdout, cmd.Stderr, cmd.WaitDelay = w, w, outputDelay
	cmd.SysProcAttr = attributes()
	started := make(chan error)
	go func() {
		// Linux sends the parent-death signal when the thread ends that started the child (prctl(2),
		// PR_SET_PDEATHSIG). This one waits for the child.
		runtime.LockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			_ = cmd.Wait() // whoever wants to know why it ended asks for its state
		}
		runtime.UnlockOSThread()
		close(p.ended)
	}()
	if err := <-started; err != nil {
		return nil, err
	}
	return p, nil
}

// errRefused marks what a server said instead of becoming ready.
var errRefused = errors.New("refused")

// Refused makes the error of a probe of what a server said that will never be ready.
func Refused(said string) error { return fmt.Errorf("%w: %s", errRefused, strings.TrimSpace(said)) }

// pause is how long to wait between two probes.
const pause = 10 * time.Millisecond

// Await probes until the child is ready: ready returns nil. It returns an error at once when the child
// has ended or ready returns one made by [Refused], and otherwise after limit. The child goes on running.
func (p *Process) Await(limit time.Duration, ready func() error) error {
	for deadline := time.Now().Add(limit); ; time.Sleep(pause) {
		err := ready()
		switch {
		case !p.Alive(): // whoever answered was somebody else
			return p.errorf("ended (%v)", p.cmd.ProcessState)
		case err == nil:
			return nil
		case errors.Is(err, errRefused):
			return p.errorf("%w", err)
		case time.Now().After(deadline):
			return p.errorf("is not ready after %v: %w", limit, err)
		}
	}
}

func (p *Process) errorf(format string, args ...any) error {
	err := fmt.Errorf(filepath.Base(p.cmd.Path)+" "+format, args...)
	if said := strings.TrimSpace(p.said.String()); said != "" {
		err = fmt.Errorf("%w; it says: %s", err, said)
	}
	return err
}

// Alive reports whether the child has not ended.
func (p *Process) Alive() bool {
	select {
	case <-p.ended:
		return false
	default:
		return true
	}
}

// Wait waits for the child's end and returns its exit code, which is -1 after a signal.
func (p *Process) Wait() int {
	<-p.ended
	return p.cmd.ProcessState.ExitCode()
}

// PID is the child's number.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Signal sends a signal to a child that has not ended.
func (p *Process) Signal(s syscall.Signal) error {
	if !p.Alive() {
		return errors.New("it has ended already")
	}
	return p.cmd.Process.Signal(s)
}

// Kill kills the child and its group, and waits until all that it wrote has been read. It reports
// whether there was something left to kill.
func (p *Process) Kill() bool {
	delivered := p.Signal(syscall.SIGKILL) == nil
	killGroup(p.PID())
	<-p.ended
	return delivered
}

// CPU is what the child used. It waits for its end.
func (p *Process) CPU() time.Duration {
	<-p.ended
	s := p.cmd.ProcessState
	return s.UserTime() + s.SystemTime()
}
