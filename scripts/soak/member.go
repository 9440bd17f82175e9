//go:build linux

package main

import (
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"syscall"
	"time"
)

// member is one place in the fleet: the process in it is killed and started again, and keeps its
// arguments, its ports and its name.
type member struct {
	name  string
	path  string
	args  []string
	stdin string
	out   io.Writer
	addr  string // answers here when it is up; empty: it is up when it runs

	mu      sync.Mutex
	process *process
	stopped bool // by SIGSTOP
	killed  bool // by us, and not started again yet
	retired bool
	cpu     time.Duration // of the processes that ended
}

// start starts the process, and waits until it is up.
func (m *member) start() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.retired {
		return nil
	}
	m.killed = false
	for deadline := time.Now().Add(60 * time.Second); ; {
		p, err := spawn(m.path, m.args, strings.NewReader(m.stdin), m.out)
		if err != nil {
			return fmt.Errorf("starting %s: %w", m.name, err)
		}
		if m.up(p, deadline) {
			m.process = p
			return nil
		}
		p.kill()
		m.cpu += p.cpu()
		if time.Now().After(deadline) {
			return fmt.Errorf("%s %w", m.name, errNotUp)
		}
		time.Sleep(50 * time.Millisecond) // what broke is in its log
	}
}

func (m *member) up(p *process, deadline time.Time) bool {
	for m.addr != "" && p.alive() && time.Now().Before(deadline) {
		if c, err := net.DialTimeout("tcp", m.addr, time.Second); err == nil {
			c.Close()
			return true
		}
		time.Sleep(5 * time.Millisecond)
	}
	return m.addr == "" && p.alive()
}

// available reports whether the process runs, and is not stopped.
func (m *member) available() bool {
	if !m.mu.TryLock() {
		return false // it is being started
	}
	defer m.mu.Unlock()
	return m.process != nil && !m.stopped && m.process.alive()
}

var errGone = errors.New("the process is not there")

// kill sends SIGKILL, and returns the moment at which it did.
func (m *member) kill() (time.Time, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := time.Now()
	if m.process == nil || m.stopped || m.killed || !m.process.kill() {
		return now, errGone
	}
	m.killed = true
	m.cpu += m.process.cpu()
	return now, nil
}

// freeze stops the process for a while.
func (m *member) freeze(d time.Duration) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.process == nil || m.stopped {
		return errGone
	}
	if err := m.process.signal(syscall.SIGSTOP); err != nil {
		return errGone
	}
	m.stopped = true
	time.AfterFunc(d, func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.stopped = false
		m.process.signal(syscall.SIGCONT)
	})
	return nil
}

// retire ends the process for good.
func (m *member) retire() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.retired = true
	if m.process != nil && m.process.kill() {
		m.cpu += m.process.cpu()
	}
}

// died reports a process that ended although nobody killed it.
func (m *member) died() bool {
	if !m.mu.TryLock() {
		return false
	}
	defer m.mu.Unlock()
	return m.process != nil && !m.retired && !m.killed && !m.process.alive()
}
