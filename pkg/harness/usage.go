//go:build linux

package harness

import (
	"fmt"
	"os"
	"time"

	"github.com/prometheus/procfs"
)

// Usage is what a process group has used so far.
type Usage struct {
	CPU  time.Duration // in steps of 10 ms
	Peak int64         // most bytes that its first process had resident so far
}

// clockTick is the unit of /proc/[pid]/stat: USER_HZ, which is 100 on every platform that Go supports.
const clockTick = time.Second / 100

// usage reads what a process group uses: vsftpd, for one, has a process for each connection.
func usage(group int) (u Usage, err error) {
	all, err := procfs.AllProcs()
	if err != nil {
		return u, err
	}
	for _, p := range all {
		s, err := p.Stat()
		if err != nil || s.PGRP != group {
			continue // ended meanwhile, or not ours
		}
		u.CPU += time.Duration(int(s.UTime+s.STime)+s.CUTime+s.CSTime) * clockTick
	}
	leader, err := procfs.NewProc(group)
	if err != nil {
		return u, err
	}
	status, err := leader.NewStatus()
	u.Peak = int64(status.VmHWM) // the kernel's count, which misses nothing between two reads
	return u, err
}

// ResetPeak makes the peak of the process start again from what it has resident now.
func (p *Process) ResetPeak() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.current == nil {
		return errNotRunning
	}
	return os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", p.current.PID()), []byte("5"), 0) // proc(5)
}
