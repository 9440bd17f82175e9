//go:build linux

package rig

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"smalti/pkg/process"
)

// Usage is what a process, and those that it started, have used so far.
type Usage struct {
	CPU      time.Duration // in steps of 10 ms
	Resident int64         // bytes of memory now, shared ones counted in each
	Peak     int64         // the most that the process itself had resident so far
}

// clockTick is the unit of /proc/[pid]/stat: USER_HZ, which is 100 on all that Go runs on.
const clockTick = time.Second / 100

// usage reads what a child that has not ended uses, with its own children: vsftpd has a process for
// each connection.
func usage(p *process.Process) (u Usage, err error) {
	if !p.Alive() {
		return u, errGone
	}
	all, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return u, err
	}
	if u.Peak, err = peak(p.PID()); err != nil {
		return u, err
	}
	group := strconv.Itoa(p.PID())
	page := int64(os.Getpagesize())
	for _, path := range all {
		f, err := readStat(path)
		if err != nil || f[2] != group {
			continue // it has ended since, or is not ours
		}
		for _, ticks := range f[11:15] { // utime, stime, and those of its children that ended
			n, err := strconv.ParseInt(ticks, 10, 64)
			if err != nil {
				return u, fmt.Errorf("reading %s: %w", path, err)
			}
			u.CPU += time.Duration(n) * clockTick
		}
		n, err := strconv.ParseInt(f[21], 10, 64) // rss
		if err != nil {
			return u, fmt.Errorf("reading %s: %w", path, err)
		}
		u.Resident += n * page
	}
	return u, nil
}

// readStat returns the fields of a process from its state on: field n of proc_pid_stat(5) is at n-3.
func readStat(path string) ([]string, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	f := strings.Fields(string(b[bytes.LastIndexByte(b, ')')+1:])) // the name before may hold anything
	if len(f) < 22 {
		return nil, fmt.Errorf("%s has %d fields", path, len(f))
	}
	return f, nil
}

// peak reads VmHWM (proc_pid_status(5)): the kernel's own count, which misses nothing between two looks.
func peak(pid int) (int64, error) {
	path := fmt.Sprintf("/proc/%d/status", pid)
	b, err := os.ReadFile(path)
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(b)) {
		if value, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kB, err := strconv.ParseInt(strings.Fields(value)[0], 10, 64)
			if err != nil {
				return 0, fmt.Errorf("reading %s: %w", path, err)
			}
			return kB << 10, nil
		}
	}
	return 0, fmt.Errorf("%s has no VmHWM", path) // a zombie has none
}
