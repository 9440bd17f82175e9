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

// clock is the time of day of a process under libfaketime. Its monotonic clock is left alone, as when the
// time of a real machine is set.
type clock struct{ file string }

// newClock makes a clock that is right. It is nil if libfaketime is not installed.
func newClock(dir string) (*clock, error) {
	if fakeTimeLibrary() == "" {
		return nil, nil
	}
	c := &clock{filepath.Join(dir, "clock")}
	return c, c.set(0)
}

// fakeTimeLibrary is the path in Debian's package libfaketime, or empty.
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

// env is the environment of a process with this clock. Redis's jemalloc asks for the time before libfaketime
// can answer, and Redis then never starts. Preloading libc first bypasses jemalloc.
func (c *clock) env() []string {
	return []string{
		"LD_PRELOAD=" + fakeTimeLibrary() + ":libc.so.6", "FAKETIME_TIMESTAMP_FILE=" + c.file,
		"FAKETIME_CACHE_DURATION=1", "FAKETIME_DONT_FAKE_MONOTONIC=1", "DONT_FAKE_MONOTONIC=1",
	}
}

// set steps the clock: from the next second on it is ahead of the machine's.
func (c *clock) set(ahead time.Duration) error {
	return atomicfile.Replace(c.file, 0o600, func(f *os.File) error {
		_, err := fmt.Fprintf(f, "%+d\n", int(ahead.Seconds()))
		return err
	})
}
