package redistest

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"smalti/pkg/atomicfile"
	"smalti/pkg/testenv"
)

// Clock is the wall clock of servers, which can be stepped while they run. It needs Debian's faketime.
type Clock struct{ file, preload string }

// NewClock returns a clock that shows the right time. The test is skipped where there is no faketime,
// unless SMALTI_TEST_REAL=1 is set.
func NewClock(t testing.TB) *Clock {
	t.Helper()
	testenv.Program(t, "faketime")
	var preload []string
	// Redis's own allocator reads the time before faketime is ready, and hangs; glibc's does not.
	for _, library := range []string{"libc_malloc_debug.so.0", "faketime/libfaketimeMT.so.1"} {
		found, err := filepath.Glob("/usr/lib/*/" + library)
		if err != nil || len(found) == 0 {
			t.Fatalf("there is no %s", library)
		}
		preload = append(preload, found[0])
	}
	c := &Clock{filepath.Join(t.TempDir(), "clock"), strings.Join(preload, ":")}
	c.Step(t, 0)
	return c
}

// Step sets the clock to an offset from the right time, in whole seconds.
func (c *Clock) Step(t testing.TB, offset time.Duration) {
	t.Helper()
	if err := atomicfile.Replace(c.file, 0o600, func(f *os.File) error {
		_, err := fmt.Fprintf(f, "%+d\n", int(offset.Seconds()))
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

// env makes a program use the clock. Its monotonic clock stays the real one.
func (c *Clock) env() []string {
	return append(os.Environ(), "LD_PRELOAD="+c.preload, "FAKETIME_TIMESTAMP_FILE="+c.file, "FAKETIME_NO_CACHE=1", "FAKETIME_DONT_FAKE_MONOTONIC=1")
}
