package decoderprocess

import (
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// executable is this program, even if its file was replaced by a newer one since it was started.
func executable() string { return "/proc/self/exe" }

// attributes make the process end with its parent, even while its decoder does not return.
func attributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }

// processorTime is what a process has used so far, or 0 if that is not known. The number of the clock is made as
// clock_getcpuclockid(3) does.
func processorTime(pid int) time.Duration {
	const scheduled = 2
	var t unix.Timespec
	if err := unix.ClockGettime(int32(^pid)<<3|scheduled, &t); err != nil {
		return 0
	}
	return time.Duration(t.Nano())
}

// limitMemory bounds what this process may write to, whatever it decodes. Where a sandbox forbids the call, the
// limits of the decoder itself must do.
func limitMemory(most uint64) {
	_ = syscall.Setrlimit(syscall.RLIMIT_DATA, &syscall.Rlimit{Cur: most, Max: most})
}
