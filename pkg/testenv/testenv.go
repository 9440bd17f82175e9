// Package testenv says what the environment of a test offers: real programs, time, the race detector.
package testenv

import (
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"testing"
	"time"
)

// SkipSlow skips a test that takes seconds and runs little code concurrently: with -short, and under the
// race detector, which would make it several times slower and find nothing.
func SkipSlow(t testing.TB) {
	t.Helper()
	if testing.Short() {
		t.Skip("slow; skipped by -short")
	}
	SkipRace(t, "slow")
}

// SkipRace skips a test under the race detector.
func SkipRace(t testing.TB, why string) {
	t.Helper()
	if Race {
		t.Skip("skipped under the race detector: " + why)
	}
}

// Real reports whether missing programs fail tests: SMALTI_TEST_REAL=1 is set.
func Real() bool { return os.Getenv("SMALTI_TEST_REAL") == "1" }

// Program returns the path of the first of the named programs that is installed. Where none is, the test
// is skipped, or fails with SMALTI_TEST_REAL=1.
func Program(t testing.TB, names ...string) string {
	t.Helper()
	for _, name := range names {
		for _, file := range []string{name, filepath.Join("/usr/sbin", name)} { // not on everybody's PATH
			if path, err := exec.LookPath(file); err == nil {
				return path
			}
		}
	}
	missing(t, names[0]+" is not installed")
	return ""
}

// missing skips a test that lacks something, or fails it with SMALTI_TEST_REAL=1.
func missing(t testing.TB, what string) {
	t.Helper()
	if Real() {
		t.Fatal(what)
	}
	t.Skip(what)
}

// Parallel lets that many tests of a package run at a time where the tests wait for other processes more
// than they compute. The flag -parallel wins. It is for TestMain.
func Parallel(tests int) {
	flag.Parse()
	given := false
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == "test.parallel" })
	if given {
		return
	}
	if err := flag.Set("test.parallel", strconv.Itoa(max(tests, runtime.GOMAXPROCS(0)))); err != nil {
		panic(err) // there is no such flag outside of tests
	}
}

// patience is how long WaitFor waits. It is long, because a busy machine is no failure.
const patience = 3 * time.Minute

// WaitFor polls until a condition holds, and ends the test if it does not within three minutes. It is for
// the test's own goroutine.
func WaitFor(t testing.TB, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !holds(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited %v in vain for %s", patience, what)
		}
	}
}
