//go:build linux

package rig

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"runtime"
	"sync"
	"syscall"
	"time"
)

// Process is a child. It dies with this program, however that dies.
type Process struct {
	cmd   *exec.Cmd
	ended chan struct{}
}

// spawner starts all children from one thread that lives as long as the program: Linux sends the
// parent-death signal when the thread ends that started the child (prctl(2), PR_SET_PDEATHSIG).
var spawner = sync.OnceValue(func() chan<- func() {
	work := make(chan func())
	go func() {
		runtime.LockOSThread()
		for f := range work {
			f()
		}
	}()
	return work
})

// Spawn starts a program whose output goes to out. env is put after this program's own environment.
func Spawn(path string, args, env []string, stdin io.Reader, out io.Writer) (*Process, error) {
	p := &Process{cmd: exec.Command(path, args...), ended: make(chan struct{})}
	p.cmd.Env = append(os.Environ(), env...)
	p.cmd.Stdin, p.cmd.Stdout, p.cmd.Stderr = stdin, out, out
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	started := make(chan error)
	spawner() <- func() { started <- p.cmd.Start() }
	if err := <-started; err != nil {
		return nil, err
	}
	go func() {
		p.cmd.Wait() // it was killed, or its exit is noticed by who needs it
		close(p.ended)
	}()
	return p, nil
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

// Signal sends a signal to a child that has not ended.
func (p *Process) Signal(s syscall.Signal) error {
	if !p.Alive() {
		return errors.New("it has ended already")
	}
	return p.cmd.Process.Signal(s)
}

// Kill kills the child and its children, and waits until all that it wrote has been read. It
// reports whether there was something left to kill.
func (p *Process) Kill() bool {
	delivered := p.Signal(syscall.SIGKILL) == nil
	_ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL) // vsftpd has a process for each connection
	<-p.ended
	return delivered
}

// CPU is what the child used. It waits for its end.
func (p *Process) CPU() time.Duration {
	<-p.ended
	if s := p.cmd.ProcessState; s != nil {
		return s.UserTime() + s.SystemTime()
	}
	return 0
}
