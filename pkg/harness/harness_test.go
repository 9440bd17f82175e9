//go:build linux

package harness

import (
	"fmt"
	"io"
	"slices"
	"testing"
	"time"

	"smalti/pkg/testenv"
)

// The CPU time and memory of a child's children count, too.
func TestUsage(t *testing.T) {
	t.Parallel()
	p := &Process{Name: "busy", Path: "sh", Args: []string{"-c", "(while :; do :; done) & wait"}, Out: io.Discard}
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	defer p.Retire()
	testenv.WaitFor(t, "the child to have used a processor and memory", func() bool {
		u, err := p.Usage()
		if err != nil {
			t.Fatal(err)
		}
		return u.CPU >= 50*time.Millisecond && u.Peak > 100_000
	})
	if err := p.ResetPeak(); err != nil {
		t.Error(err)
	}
	p.Retire()
	if _, err := p.Usage(); err == nil {
		t.Error("the usage of a process that has ended is no error")
	}
	if cpu, err := p.CPU(); err != nil || cpu == 0 {
		t.Errorf("it used %v of CPU time, %v", cpu, err)
	}
}

func TestJobLog(t *testing.T) {
	t.Parallel()
	var seen []string
	note := func(what string) func(string, string, time.Time) {
		return func(worker, job string, _ time.Time) { seen = append(seen, fmt.Sprint(worker, " ", what, " ", job)) }
	}
	l := &jobLog{started: note("started"), done: note("done")}
	for _, part := range []string{`time=x msg="job sta`, "rted\" worker=w job=one attempt=1\n\nmsg=\"job done\" worker=w a=b job=one\n", `msg="job started" job=two`} {
		if _, err := io.WriteString(l, part); err != nil {
			t.Fatal(err)
		}
	}
	if want := []string{"w started one", "w done one"}; !slices.Equal(seen, want) {
		t.Errorf("%q, want %q", seen, want)
	}
	if _, err := io.WriteString(&jobLog{}, "msg=\"job done\" job=one\n"); err != nil {
		t.Error(err)
	}
}
