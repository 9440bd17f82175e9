//go:build linux

package rig

import (
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

// Member is one place in a system: the process in it is killed and started again, and keeps its
// arguments, its ports and its name. It is safe for concurrent use.
type Member struct {
	Name  string
	Path  string
	Args  []string
	Env   []string
	Stdin string
	Out   io.Writer
	Addr  string       // listens here when it is up; empty: it is up when it runs
	Ready func() error // says more exactly when it is up, see process.Await; may be nil

	mu      sync.Mutex
	process *process.Process
	stopped bool // by SIGSTOP
	killed  bool // by us, and not started again yet
	retired bool
	cpu     time.Duration // of the processes that ended
}

// startTime is how long a process may take until it is up.
const startTime = time.Minute

// Start starts the process, and waits until it is up. A process that ends before it has ever been up is
// an error at once; one that was up before is tried again for a while, since what it needs may have been
// killed as well.
func (m *Member) Start() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.retired {
		return nil
	}
	m.killed = false
	for deadline := time.Now().Add(startTime); ; {
		p, err := m.run(time.Until(deadline))
		if err == nil {
			m.process = p
			return nil
		}
		if m.process == nil || time.Now().After(deadline) {
			return fmt.Errorf("starting %s: %w", m.Name, err)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

func (m *Member) run(limit time.Duration) (*process.Process, error) {
	cmd := exec.Command(m.Path, m.Args...)
	cmd.Env, cmd.Stdin = append(os.Environ(), m.Env...), strings.NewReader(m.Stdin)
	p, err := process.Start(cmd, m.Out)
	if err != nil {
		return nil, err
	}
	ready := m.Ready
	switch {
	case ready == nil && m.Addr != "":
		ready = process.Listens(m.Addr)
	case ready == nil:
		ready = func() error { return nil }
	}
	if err := p.Await(limit, ready); err != nil {
		p.Kill()
		m.cpu += p.CPU()
		return nil, err
	}
	return p, nil
}

// Available reports whether the process runs, and is not stopped.
func (m *Member) Available() bool {
	if !m.mu.TryLock() {
		return false // it is being started
	}
	defer m.mu.Unlock()
	return m.process != nil && !m.stopped && m.process.Alive()
}

var errGone = errors.New("the process is not there")

// Kill sends SIGKILL, and returns the moment at which it did.
func (m *Member) Kill() (time.Time, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := time.Now()
	if m.process == nil || m.stopped || m.killed || !m.process.Kill() {
		return now, errGone
	}
	m.killed = true
	m.cpu += m.process.CPU()
	return now, nil
}

// Terminate sends SIGTERM, as a new version or systemd does, and waits for the end; a process that
// takes longer than patience is killed. It reports whether there was a process to end.
func (m *Member) Terminate(patience time.Duration) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.process == nil || m.stopped || m.killed || m.process.Signal(syscall.SIGTERM) != nil {
		return false
	}
	m.killed = true
	late := time.AfterFunc(patience, func() { m.process.Signal(syscall.SIGKILL) })
	m.process.Wait()
	late.Stop()
	m.process.Kill() // whatever it started
	m.cpu += m.process.CPU()
	return true
}

// Freeze stops the process for a while.
func (m *Member) Freeze(d time.Duration) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.process == nil || m.stopped {
		return errGone
	}
	if err := m.process.Signal(syscall.SIGSTOP); err != nil {
		return errGone
	}
	m.stopped = true
	time.AfterFunc(d, func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.stopped = false
		m.process.Signal(syscall.SIGCONT)
	})
	return nil
}

// Retire ends the process for good.
func (m *Member) Retire() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.retired = true
	if m.process != nil && m.process.Kill() {
		m.cpu += m.process.CPU()
	}
}

// Died reports a process that ended although nobody killed it.
func (m *Member) Died() bool {
	if !m.mu.TryLock() {
		return false
	}
	defer m.mu.Unlock()
	return m.process != nil && !m.retired && !m.killed && !m.process.Alive()
}

// CPU is what the processes used that have ended.
func (m *Member) CPU() time.Duration {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.cpu
}

// Usage is what the process that runs uses.
func (m *Member) Usage() (Usage, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.process == nil {
		return Usage{}, errGone
	}
	return usage(m.process)
}
