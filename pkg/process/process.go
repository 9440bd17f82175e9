// Package process starts other programs, and waits until they are ready. A program that ends, or refuses to
// serve, is an error at once, with its output. It is for tests, and for tools that run a whole system.
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

// Process is a child with a process group of its own. On Linux it is killed when this program ends in any
// way. It is safe for concurrent use.
type Process struct {
	cmd   *exec.Cmd
	said  tail
	ended chan struct{}
}

// outputDelay is how long output of the child's own children is read after its end.
const outputDelay = 2 * time.Second

// Start starts a program and copies its output to out, which may be nil. It replaces cmd's Stdout and Stderr.
// The caller must not wait for cmd.
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
			_ = cmd.Wait() // the error is in its state
		}
		runtime.UnlockOSThread()
		close(p.ended)
	}()
	if err := <-started; err != nil {
		return nil, err
	}
	return p, nil
}

// errRefused marks a server's output instead of becoming ready.
var errRefused = errors.New("refused")

// Refused makes the error of a probe for a server that will never be ready, from its output.
func Refused(said string) error { return fmt.Errorf("%w: %s", errRefused, strings.TrimSpace(said)) }

// pause is how long to wait between two probes.
const pause = 10 * time.Millisecond

// Await probes until ready returns nil. It returns an error at once if the child has ended or the probe
// returns one made by [Refused], and otherwise after limit. The child keeps running.
func (p *Process) Await(limit time.Duration, ready func() error) error {
	for deadline := time.Now().Add(limit); ; time.Sleep(pause) {
		err := ready()
		switch {
		case !p.Alive(): // another program answered
			return p.errorf("ended (%v)", p.cmd.ProcessState)
		case err == nil:
			return nil
		case errors.Is(err, errRefused):
			return p.errorf("%w", err)
		case time.Now().After(deadline):
			return p.errorf("not ready after %v: %w", limit, err)
		}
	}
}

func (p *Process) errorf(format string, args ...any) error {
	err := fmt.Errorf(filepath.Base(p.cmd.Path)+" "+format, args...)
	if said := strings.TrimSpace(p.said.String()); said != "" {
		err = fmt.Errorf("%w; output: %s", err, said)
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
		return errors.New("process has ended")
	}
	return p.cmd.Process.Signal(s)
}

// Kill kills the child and its group, and waits until all output has been read. It reports whether the child
// was alive.
func (p *Process) Kill() bool {
	delivered := p.Signal(syscall.SIGKILL) == nil
	killGroup(p.PID())
	<-p.ended
	return delivered
}

// CPU is the CPU time that the child used. It waits for its end.
func (p *Process) CPU() time.Duration {
	<-p.ended
	s := p.cmd.ProcessState
	return s.UserTime() + s.SystemTime()
}
