//go:build linux

package harness

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"

	"smalti/pkg/process"
)

// Process is a process of a system. It can be killed and started again, with the same arguments, ports
// and name. It is safe for concurrent use.
type Process struct {
	Name  string
	Path  string
	Args  []string
	Env   []string
	Stdin string
	Out   io.Writer
	Addr  string       // it is ready once it listens here; empty: once it runs
	Ready func() error // a closer check, see [process.Process.Await]; may be nil

	mu      sync.Mutex
	current *process.Process
	frozen  bool
	ended   bool // by us, and not started again yet
	retired bool
	cpu     time.Duration // of earlier processes
}

// startTime is how long a process may take until it is ready.
const startTime = time.Minute

// Start starts the process and waits until it is ready. If it ends during its first start, that is an
// error at once. A later start is retried for a while, since what the process needs may be down as well.
func (p *Process) Start() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.retired {
		return nil
	}
	p.ended = false
	for deadline := time.Now().Add(startTime); ; time.Sleep(50 * time.Millisecond) {
		started, err := p.run(time.Until(deadline))
		if err == nil {
			p.current = started
			return nil
		}
		if p.current == nil || time.Now().After(deadline) {
			return fmt.Errorf("starting %s: %w", p.Name, err)
		}
	}
}

func (p *Process) run(limit time.Duration) (*process.Process, error) {
	cmd := exec.CommandContext(context.Background(), p.Path, p.Args...)
	cmd.Env, cmd.Stdin = append(os.Environ(), p.Env...), strings.NewReader(p.Stdin)
	started, err := process.Start(cmd, p.Out)
	if err != nil {
		return nil, err
	}
	ready := p.Ready
	switch {
	case ready == nil && p.Addr != "":
		ready = process.Listens(p.Addr)
	case ready == nil:
		ready = func() error { return nil }
	}
	if err := started.Await(limit, ready); err != nil {
		started.Kill()
		p.cpu += started.CPU()
		return nil, err
	}
	return started, nil
}

// Available reports whether the process runs and is not frozen.
func (p *Process) Available() bool {
	if !p.mu.TryLock() {
		return false // it is being started
	}
	defer p.mu.Unlock()
	return p.available()
}

func (p *Process) available() bool {
	return p.current != nil && !p.frozen && !p.ended && p.current.Alive()
}

// Kill sends SIGKILL and returns when it did. It reports false if there was no process to kill.
func (p *Process) Kill() (at time.Time, ok bool) { return p.end(syscall.SIGKILL, time.Minute) }

// Terminate sends SIGTERM, as systemd does, and waits for the end. A process that takes longer than
// patience is killed. It reports false if there was no process to end.
func (p *Process) Terminate(patience time.Duration) bool {
	_, ok := p.end(syscall.SIGTERM, patience)
	return ok
}

func (p *Process) end(signal syscall.Signal, patience time.Duration) (at time.Time, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	at = time.Now()
	if !p.available() || p.current.Signal(signal) != nil {
		return at, false
	}
	p.ended = true
	late := time.AfterFunc(patience, func() { _ = p.current.Signal(syscall.SIGKILL) })
	p.current.Wait()
	late.Stop()
	p.current.Kill() // its children
	p.cpu += p.current.CPU()
	return at, true
}

// Freeze stops the process for a while. It reports false if there was no process to stop.
func (p *Process) Freeze(d time.Duration) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.available() || p.current.Signal(syscall.SIGSTOP) != nil {
		return false
	}
	p.frozen = true
	time.AfterFunc(d, func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.frozen = false
		_ = p.current.Signal(syscall.SIGCONT) // unless it has ended
	})
	return true
}

// Retire ends the process for good.
func (p *Process) Retire() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.retired = true
	if p.current == nil || p.ended {
		return
	}
	p.ended = true
	p.current.Kill()
	p.cpu += p.current.CPU()
}

// Died reports whether the process ended by itself.
func (p *Process) Died() bool {
	if !p.mu.TryLock() {
		return false
	}
	defer p.mu.Unlock()
	return p.current != nil && !p.ended && !p.current.Alive()
}

var errNotRunning = errors.New("not running")

// Usage returns what the running process uses.
func (p *Process) Usage() (Usage, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.usage()
}

func (p *Process) usage() (Usage, error) {
	if p.current == nil || p.ended || !p.current.Alive() {
		return Usage{}, fmt.Errorf("%s: %w", p.Name, errNotRunning)
	}
	return usage(p.current.PID())
}

// CPU returns the CPU time used here so far, by earlier processes too. A process that has ended by itself
// is an error.
func (p *Process) CPU() (time.Duration, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.current == nil || p.ended {
		return p.cpu, nil
	}
	u, err := p.usage()
	return p.cpu + u.CPU, err
}
