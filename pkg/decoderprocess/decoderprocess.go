// Package decoderprocess runs code that may never end, or take all memory, in processes of their own: whatever
// happens there costs one request only.
//
// The program starts itself again under another name. In that process [Serve], called from an init function,
// answers requests until its parent closes the pipe or dies, and never returns: neither main nor a test begins.
// The process gets none of the parent's environment, so that it has no passwords in it.
//
// A process is used again for the next requests, because starting one takes longer than most of them; when nobody
// has needed it for a while, it ends.
package decoderprocess

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"strconv"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"
)

// name is what such a process has as its zeroth argument.
const name = "smalti-decoder"

// Why there is no answer.
var (
	ErrTime = errors.New("the decoder took too long")
	ErrDied = errors.New("the decoder died")
)

// Pool starts processes, as many at once as there are processors. It is safe for concurrent use.
type Pool struct {
	Processor time.Duration // that a request may take, where the system tells it; default 8 s
	Wait      time.Duration // for an answer, whatever the processor does; default 1 min
	Idle      time.Duration // after which an unused process ends; default 5 s
	Answer    int64         // bytes at most; default 256 MiB
	Memory    int64         // bytes that a process may have, where the system can tell it; default 512 MiB

	once  sync.Once
	slots *semaphore.Weighted
	mu    sync.Mutex
	idle  []*process
}

func (p *Pool) prepare() {
	p.once.Do(func() {
		setDefault(&p.Processor, 8*time.Second) // the largest sound pictures take 2 s, and 5 s beside busy neighbours
		setDefault(&p.Wait, time.Minute)
		setDefault(&p.Idle, 5*time.Second)
		setDefault(&p.Answer, 256<<20)
		setDefault(&p.Memory, 512<<20)
		p.slots = semaphore.NewWeighted(int64(runtime.GOMAXPROCS(0)))
	})
}

func setDefault[T time.Duration | int64](v *T, to T) {
	if *v <= 0 {
		*v = to
	}
}

// Do gives a request to a process, and returns its answer. The error is [ErrTime], [ErrDied], that of ctx, or one
// of starting the process.
func (p *Pool) Do(ctx context.Context, request ...[]byte) ([]byte, error) {
	p.prepare()
	if err := p.slots.Acquire(ctx, 1); err != nil {
		return nil, err
	}
	defer p.slots.Release(1)
	c, err := p.take()
	if err != nil {
		return nil, err
	}
	answer, err := p.ask(ctx, c, request)
	if err != nil {
		_ = c.kill()
		return nil, err
	}
	p.put(c)
	return answer, nil
}

// ask ends the process when a limit is reached, which ends the exchange too.
func (p *Pool) ask(ctx context.Context, c *process, request [][]byte) ([]byte, error) {
	var answer []byte
	var failed error
	done := make(chan struct{})
	go func() {
		defer close(done)
		if failed = send(c.in, request...); failed == nil {
			answer, failed = receive(c.out, p.Answer)
		}
	}()
	const often = 50 * time.Millisecond
	tick := time.NewTicker(often)
	defer tick.Stop()
	wait := time.NewTimer(p.Wait)
	defer wait.Stop()
	before := processorTime(c.cmd.Process.Pid)
	stop := func(why error) ([]byte, error) {
		_ = c.kill()
		<-done
		return nil, why
	}
	for {
		select {
		case <-done:
			if failed != nil {
				return nil, fmt.Errorf("%w: %w, %w", ErrDied, failed, c.kill())
			}
			return answer, nil
		case <-ctx.Done():
			return stop(ctx.Err())
		case <-wait.C:
			return stop(ErrTime)
		case <-tick.C:
			if processorTime(c.cmd.Process.Pid)-before > p.Processor {
				return stop(ErrTime)
			}
		}
	}
}

// take returns a process that nobody uses, or a new one.
func (p *Pool) take() (*process, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for len(p.idle) > 0 {
		last := len(p.idle) - 1
		c := p.idle[last]
		p.idle = p.idle[:last]
		if c.end.Stop() { // otherwise it is just being ended
			return c, nil
		}
	}
	return start(p.Memory)
}

func (p *Pool) put(c *process) {
	p.mu.Lock()
	defer p.mu.Unlock()
	c.end = time.AfterFunc(p.Idle, func() {
		p.mu.Lock()
		for i := range p.idle {
			if p.idle[i] == c {
				p.idle = append(p.idle[:i], p.idle[i+1:]...)
				break
			}
		}
		p.mu.Unlock()
		_ = c.kill()
	})
	p.idle = append(p.idle, c)
}

// process is one that was started.
type process struct {
	cmd  *exec.Cmd
	in   io.WriteCloser
	out  io.ReadCloser
	end  *time.Timer // of a process that nobody uses
	kill func() error
}

func start(memory int64) (*process, error) {
	cmd := exec.Command(executable()) //nolint:noctx // it outlives the request that starts it
	cmd.Args = []string{name, strconv.FormatInt(memory, 10)}
	cmd.Env = []string{"GOMAXPROCS=2", "GOTRACEBACK=none"}
	cmd.SysProcAttr = attributes()
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("starting a decoder: %w", err)
	}
	kill := sync.OnceValue(func() error {
		_ = cmd.Process.Kill() // it may have ended by itself
		return cmd.Wait()
	})
	return &process{cmd: cmd, in: in, out: out, kill: kill}, nil
}

// Serve returns at once, unless the program was started by [Pool.Do]: then it answers requests and does not return.
// A panic of answer ends the process. An answer may be of several parts.
func Serve(answer func(request []byte) [][]byte) {
	if len(os.Args) != 2 || os.Args[0] != name {
		return
	}
	memory, err := strconv.ParseUint(os.Args[1], 10, 64)
	if err != nil {
		return
	}
	limitMemory(memory)
	requests := make(chan []byte)
	go func() { // beside an answer that takes long, it notices that the parent is gone
		for {
			r, err := receive(os.Stdin, 1<<40)
			if err != nil {
				os.Exit(0)
			}
			requests <- r
		}
	}()
	for r := range requests {
		err := send(os.Stdout, answer(r)...)
		if err != nil {
			os.Exit(1)
		}
		debug.FreeOSMemory() // it may be idle now
	}
}

// send writes the length of a message, and its parts.
func send(w io.Writer, parts ...[]byte) error {
	var size uint64
	for _, p := range parts {
		size += uint64(len(p))
	}
	if _, err := w.Write(binary.BigEndian.AppendUint64(nil, size)); err != nil {
		return err
	}
	for _, p := range parts {
		if _, err := w.Write(p); err != nil {
			return err
		}
	}
	return nil
}

func receive(r io.Reader, most int64) ([]byte, error) {
	var head [8]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return nil, err
	}
	size := binary.BigEndian.Uint64(head[:])
	if size > uint64(most) {
		return nil, fmt.Errorf("message of %d bytes", size)
	}
	b := make([]byte, size)
	_, err := io.ReadFull(r, b)
	return b, err
}
