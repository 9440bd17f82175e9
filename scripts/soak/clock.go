//go:build linux

package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"smalti/pkg/atomicfile"
)

// clock is what a process under libfaketime takes for the time of day. Its monotonic clock stays right, as
// it does when somebody sets the time of a real machine.
type clock struct{ file string }

// newClock makes a clock that is right, in a directory. It is nil where libfaketime is not installed.
func newClock(dir string) (*clock, error) {
	if fakeTimeLibrary() == "" {
		return nil, nil
	}
	c := &clock{filepath.Join(dir, "clock")}
	return c, c.set(0)
}

// fakeTimeLibrary is where Debian's package libfaketime puts it, or empty.
func fakeTimeLibrary() string {
	found, _ := filepath.Glob("/usr/lib/*/faketime/libfaketimeMT.so.1")
	if len(found) == 0 {
		return ""
	}
	if _, err := exec.LookPath("faketime"); err != nil {
		return ""
	}
	return found[0]
}

// env is the environment of a process that is to have this clock. Redis brings jemalloc, which asks for
// the time before libfaketime can answer, and then never starts: with libc before it, it is not used.
func (c *clock) env() []string {
	return []string{
		"LD_PRELOAD=" + fakeTimeLibrary() + ":libc.so.6", "FAKETIME_TIMESTAMP_FILE=" + c.file,
		"FAKETIME_CACHE_DURATION=1", "FAKETIME_DONT_FAKE_MONOTONIC=1", "DONT_FAKE_MONOTONIC=1",
	}
}

// set steps the clock: from the next second on it is so far ahead of the machine's.
func (c *clock) set(ahead time.Duration) error {
	return atomicfile.Replace(c.file, 0o600, func(f *os.File) error {
		_, err := fmt.Fprintf(f, "%+d\n", int(ahead.Seconds()))
		return err
	})
}
