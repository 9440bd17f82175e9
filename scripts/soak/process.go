//go:build linux

package main

import (
	"errors"
	"io"
	"os/exec"
	"runtime"
	"sync"
	"syscall"
	"time"
)

// process is a child. It dies with this program, however that dies.
type process struct {
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

// spawn starts a program whose output goes to out.
func spawn(path string, args []string, stdin io.Reader, out io.Writer) (*process, error) {
	p := &process{cmd: exec.Command(path, args...), ended: make(chan struct{})}
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

func (p *process) alive() bool {
	select {
	case <-p.ended:
		return false
	default:
		return true
	}
}

func (p *process) signal(s syscall.Signal) error {
	if !p.alive() {
		return errors.New("it has ended already")
	}
	return p.cmd.Process.Signal(s)
}

// kill kills the child and its children, and waits until all that it wrote has been read. It
// reports whether there was something left to kill.
func (p *process) kill() bool {
	delivered := p.signal(syscall.SIGKILL) == nil
	_ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL) // vsftpd has a process for each connection
	<-p.ended
	return delivered
}

// cpu is what the child used, once it has ended.
func (p *process) cpu() time.Duration {
	<-p.ended
	if s := p.cmd.ProcessState; s != nil {
		return s.UserTime() + s.SystemTime()
	}
	return 0
}
