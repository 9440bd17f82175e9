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

// Clock is the wall clock of servers, which may be stepped while they run. It takes Debian's faketime.
type Clock struct{ file, preload string }

// NewClock returns a clock that shows the right time. The test is skipped where there is no faketime,
// unless SMALTI_TEST_REAL=1 is set.
func NewClock(t testing.TB) *Clock {
	t.Helper()
	testenv.Program(t, "faketime")
	var preload []string
	// Redis's own allocator asks for the time before faketime can tell it, and hangs; glibc's does not.
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

// Step sets the clock to so much from the right time.
func (c *Clock) Step(t testing.TB, from time.Duration) {
	t.Helper()
	if err := atomicfile.Replace(c.file, 0o600, func(f *os.File) error {
		_, err := fmt.Fprintf(f, "%+d\n", int(from.Seconds()))
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

// env makes a program use the clock; how long things take, it still knows.
func (c *Clock) env() []string {
	return append(os.Environ(), "LD_PRELOAD="+c.preload, "FAKETIME_TIMESTAMP_FILE="+c.file, "FAKETIME_NO_CACHE=1", "FAKETIME_DONT_FAKE_MONOTONIC=1")
}
