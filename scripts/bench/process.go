package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"time"
)

// cost is what a process used, with all that it started.
type cost struct {
	Wall time.Duration
	CPU  time.Duration // user and system
	Peak int64         // of resident memory, in bytes
}

// then is the cost of one process after the other.
func (c cost) then(d cost) cost {
	return cost{c.Wall + d.Wall, c.CPU + d.CPU, max(c.Peak, d.Peak)}
}

// measureCommand makes this program a small one that runs another and writes its cost to a file.
// It must be small: on Linux, the peak of a process begins at the size of the one that started it.
const measureCommand = "measure"

// start runs a program to its end and returns its cost and what it wrote to its standard output.
// If it fails, the error is what it wrote last.
func start(ctx context.Context, dir, name string, args ...string) (cost, []byte, error) {
	self, err := os.Executable()
	if err != nil {
		return cost{}, nil, err
	}
	file, err := os.CreateTemp(dir, "cost-")
	if err != nil {
		return cost{}, nil, err
	}
	file.Close()
	defer os.Remove(file.Name())
	cmd := exec.CommandContext(ctx, self, append([]string{measureCommand, file.Name(), name}, args...)...)
	cmd.Dir = dir
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) } // which it hands on
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	failure := cmd.Run()
	if ctx.Err() != nil {
		return cost{}, nil, ctx.Err()
	}
	var m measured
	b, err := os.ReadFile(file.Name())
	if err == nil {
		err = json.Unmarshal(b, &m)
	}
	switch {
	case m.Failure != "":
		return m.Cost, stdout.Bytes(), fmt.Errorf("%s: %s", m.Failure, lastLine(stderr.String()))
	case failure != nil || err != nil:
		return cost{}, nil, fmt.Errorf("measuring %s: %w", name, errors.Join(failure, err))
	}
	return m.Cost, stdout.Bytes(), nil
}

// measured is what the small process tells the large one.
type measured struct {
	Cost    cost
	Failure string // why the program did not end well, or empty
}

func measure(args []string) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	cmd := exec.CommandContext(ctx, args[1], args[2:]...)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	var m measured
	begin := time.Now()
	err := cmd.Run()
	m.Cost.Wall = time.Since(begin)
	if err != nil {
		m.Failure = err.Error()
	}
	if s := cmd.ProcessState; s != nil {
		m.Cost.CPU = s.UserTime() + s.SystemTime()
		m.Cost.Peak = peak(s)
	}
	b, err := json.Marshal(m)
	if err == nil {
		err = os.WriteFile(args[0], b, 0o600)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

func lastLine(s string) string {
	lines := strings.Split(strings.TrimSpace(s), "\n")
	return strings.TrimSpace(lines[len(lines)-1])
}
