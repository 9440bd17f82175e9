package testenv_test

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"smalti/pkg/testenv"
)

// recorder is a test that notes how it ended.
type recorder struct {
	testing.TB
	ended string
}

func (r *recorder) Helper() {}
func (r *recorder) end(how string) {
	r.ended = how
	runtime.Goexit()
}
func (r *recorder) Skip(args ...any)          { r.end("skipped") }
func (r *recorder) Fatal(args ...any)         { r.end("failed") }
func (r *recorder) Fatalf(_ string, _ ...any) { r.end("failed") }

// outcome runs a part of a test and returns how it ended.
func outcome(f func(testing.TB)) string {
	r := &recorder{ended: "passed"}
	done := make(chan struct{})
	go func() {
		defer close(done)
		f(r)
	}()
	<-done
	return r.ended
}

func TestProgram(t *testing.T) {
	dir := t.TempDir()
	there := filepath.Join(dir, "there")
	if err := os.WriteFile(there, []byte("#!/bin/sh\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir)
	if got := testenv.Program(t, "missing", "there"); got != there {
		t.Errorf("found %q", got)
	}
	for value, want := range map[string]string{"": "skipped", "1": "failed"} {
		t.Setenv("SMALTI_TEST_REAL", value)
		if got := outcome(func(t testing.TB) { testenv.Program(t, "missing") }); got != want {
			t.Errorf("SMALTI_TEST_REAL=%s: %s, want %s", value, got, want)
		}
	}
}

func TestSkips(t *testing.T) {
	want := "passed"
	if testenv.Race {
		want = "skipped"
	}
	if got := outcome(func(t testing.TB) { testenv.SkipRace(t, "slow") }); got != want {
		t.Errorf("SkipRace: %s, want %s", got, want)
	}
	if testing.Short() {
		want = "skipped"
	}
	if got := outcome(testenv.SkipSlow); got != want {
		t.Errorf("SkipSlow: %s, want %s", got, want)
	}
}

func TestWaitFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		testenv.WaitFor(t, "a second", func() bool { return time.Since(start) >= time.Second })
		if got := outcome(func(t testing.TB) { testenv.WaitFor(t, "nothing", func() bool { return false }) }); got != "failed" {
			t.Errorf("a condition that never holds: %s", got)
		}
		if took := time.Since(start); took > 10*time.Minute {
			t.Errorf("it took %v", took)
		}
	})
}

// All tests look up programs here: none decides by itself what a missing one means.
func TestNobodyElseReadsTheSwitch(t *testing.T) {
	err := filepath.WalkDir("../..", func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.Contains(path, "testenv") {
			return err
		}
		text, err := os.ReadFile(path)
		if strings.Contains(string(text), `Getenv("SMALTI_TEST_REAL")`) || strings.Contains(string(text), "testing.Short()") {
			t.Errorf("%s: use testenv", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
