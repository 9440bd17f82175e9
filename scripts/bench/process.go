package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// cost is what a process used, with all that it started.
type cost struct {
	Wall time.Duration
	CPU  time.Duration // user and system, of all cores
	Peak int64         // resident memory, in bytes

	// Steps are seconds of CPU time, by steps; nil if the program does not tell them.
	Steps []float64
}

// steps are those of "worker render".
var steps = []string{"reading", "photos", "matching", "composing", "delivering"}

// toldSteps finds what "worker render -v" says about its steps.
var toldSteps = regexp.MustCompile("(?m)^CPU: " + strings.Join(steps, ` ([\d.]+) s, `) + ` ([\d.]+) s$`)

func readSteps(out []byte) (seconds []float64) {
	told := toldSteps.FindSubmatch(out)
	if told == nil {
		return nil
	}
	for _, text := range told[1:] {
		s, err := strconv.ParseFloat(string(text), 64)
		if err != nil {
			return nil
		}
		seconds = append(seconds, s)
	}
	return seconds
}

// then is the cost of one process after the other.
func (c cost) then(d cost) cost {
	return cost{Wall: c.Wall + d.Wall, CPU: c.CPU + d.CPU, Peak: max(c.Peak, d.Peak)}
}

func (c cost) megabytes() float64 { return float64(c.Peak) / 1e6 }

// cells are for a table: wall time in s, CPU time in s, peak memory in MB.
func (c cost) cells() []string {
	return []string{fmt.Sprintf("%.2f", c.Wall.Seconds()), fmt.Sprintf("%.2f", c.CPU.Seconds()), fmt.Sprintf("%.0f", c.megabytes())}
}

// medianCost is the median of each figure.
func medianCost(all []cost) cost {
	of := func(figure func(cost) int64) int64 {
		var values []int64
		for _, c := range all {
			values = append(values, figure(c))
		}
		return median(values)
	}
	m := cost{
		Wall: time.Duration(of(func(c cost) int64 { return int64(c.Wall) })),
		CPU:  time.Duration(of(func(c cost) int64 { return int64(c.CPU) })),
		Peak: of(func(c cost) int64 { return c.Peak }),
	}
	if slices.ContainsFunc(all, func(c cost) bool { return c.Steps == nil }) {
		return m
	}
	for i := range steps {
		m.Steps = append(m.Steps, float64(of(func(c cost) int64 { return int64(c.Steps[i] * 1000) }))/1000)
	}
	return m
}

// median sorts the values. Of an even number it is the lower of the two in the middle.
func median(values []int64) int64 {
	slices.Sort(values)
	return values[(len(values)-1)/2]
}

// measureCommand makes this program a small one that runs another and writes its cost to descriptor 3. It
// must be small: on Linux, the peak of a process begins with the size of the one that started it.
const measureCommand = "measure"

// measured is what the small process reports.
type measured struct {
	Cost    cost
	Failure string // why the program failed, or empty
}

// start runs a program to its end and returns its cost. The error of a program that fails is the last line that it
// wrote.
func start(ctx context.Context, dir, name string, args ...string) (cost, error) {
	self, err := os.Executable()
	if err != nil {
		return cost{}, err
	}
	r, w, err := os.Pipe()
	if err != nil {
		return cost{}, err
	}
	defer func() { _ = r.Close() }()
	cmd := exec.CommandContext(ctx, self, append([]string{measureCommand, name}, args...)...)
	cmd.Dir, cmd.ExtraFiles = dir, []*os.File{w}
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) } // which it passes on
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	failure := errors.Join(cmd.Run(), w.Close())
	if ctx.Err() != nil {
		return cost{}, ctx.Err()
	}
	var m measured
	report, err := io.ReadAll(r)
	if err := errors.Join(failure, err); err != nil {
		return cost{}, fmt.Errorf("measuring %s: %w", name, err)
	}
	if err := json.Unmarshal(report, &m); err != nil {
		return cost{}, fmt.Errorf("measuring %s: %w", name, err)
	}
	if m.Failure != "" {
		lines := strings.Split(strings.TrimSpace(stderr.String()), "\n")
		return m.Cost, fmt.Errorf("%s: %s", m.Failure, strings.TrimSpace(lines[len(lines)-1]))
	}
	m.Cost.Steps = readSteps(stdout.Bytes())
	return m.Cost, nil
}

// measureProgram is the small program.
func measureProgram(args []string) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	report := os.NewFile(3, "report")
	syscall.CloseOnExec(3)
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	var m measured
	begin := time.Now()
	err := cmd.Run()
	m.Cost.Wall = time.Since(begin)
	if err != nil {
		m.Failure = err.Error()
	}
	if s := cmd.ProcessState; s != nil {
		m.Cost.CPU, m.Cost.Peak = s.UserTime()+s.SystemTime(), peak(s)
	}
	return json.NewEncoder(report).Encode(m)
}

// peak is the largest resident memory of a process that has ended, in bytes.
func peak(s *os.ProcessState) int64 {
	usage, ok := s.SysUsage().(*syscall.Rusage)
	switch {
	case !ok:
		return 0
	case runtime.GOOS == "darwin": // which counts bytes, where others count kilobytes
		return usage.Maxrss
	}
	return usage.Maxrss << 10
}
