//go:build linux

package main

import (
	"bytes"
	"errors"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"smalti/pkg/config"
	"smalti/pkg/testenv"
)

// TestMain makes this test binary the baseline server, too.
func TestMain(m *testing.M) {
	if len(os.Args) == 3 && os.Args[1] == baselineCommand {
		os.Exit(serveBaseline(os.Args[2]))
	}
	os.Exit(m.Run())
}

// A small measurement of the real thing: every figure of a row is there, and can be.
func TestARow(t *testing.T) {
	testenv.SkipSlow(t)
	testenv.Program(t, "redis-server")
	var out bytes.Buffer
	err := run(t.Context(), []string{
		"-workers", "2", "-friends", "3", "-latency", "50ms", "-time", "3s", "-rest", "1s", "-dir", t.TempDir(),
	}, &out)
	t.Log(out.String())
	some := `[\d.]*[1-9][\d.]*` // a number that is not zero
	row := regexp.MustCompile(`(?m)^\| 2 \| ` + some + ` \| [\d.]+ \| - \| \d+ / \d+ / \d+ \| ` + some + ` / ` + some + ` / ` + some +
		` \| ` + some + ` \| ` + some + ` \| ` + some + ` \| ` + some + ` \| ` + some + ` \| ` + some + ` \|`)
	if err != nil || !row.MatchString(out.String()) || !strings.Contains(out.String(), "At rest, with 2 workers") {
		t.Errorf("%v", err)
	}
}

// What is cut off at the ends of the time that is measured counts for nothing.
func TestThroughputGoesByStarts(t *testing.T) {
	t.Parallel()
	times := newJobTimes()
	zero := time.Unix(0, 0)
	at := func(s float64) time.Time { return zero.Add(time.Duration(s * float64(time.Second))) }
	times.starts["a"] = []time.Time{at(0.5), at(1.5), at(3.5), at(5.5), at(7.5), at(9.5), at(12)} // one in two seconds
	times.starts["b"] = []time.Time{at(2), at(6), at(11)}                                         // one in four
	times.starts["c"] = []time.Time{at(3)}                                                        // nobody knows
	if got := times.throughput(span{at(1), at(10)}); got < 0.7499 || got > 0.7501 {
		t.Errorf("%v jobs/s", got)
	}
}

// A mosaic's times are known once it is done.
func TestTimesOfAJob(t *testing.T) {
	t.Parallel()
	times := newJobTimes()
	at := func(s int) time.Time { return time.Unix(int64(s), 0) }
	times.asked("one", at(1))
	times.started("w", "one", at(3))
	if n, _, _ := times.delivered(span{at(0), at(9)}); n != 0 {
		t.Error("it is delivered before it is done")
	}
	times.done("w", "one", at(7))
	n, waited, took := times.delivered(span{at(0), at(9)})
	if n != 1 || !slices.Equal(waited, []time.Duration{2 * time.Second}) || !slices.Equal(took, []time.Duration{4 * time.Second}) || times.firstStart("w") != at(3) {
		t.Errorf("%d delivered, waited %v, took %v", n, waited, took)
	}
}

func TestPercentiles(t *testing.T) {
	t.Parallel()
	var all []time.Duration
	for i := range 101 {
		all = append(all, time.Duration(i)*time.Millisecond)
	}
	if got := percentiles(all); got != "50 / 95 / 99" {
		t.Error(got)
	}
	if got := percentiles(nil); got != "0 / 0 / 0" {
		t.Error(got)
	}
}

func TestMistakesAreRefused(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{
		{"-workers", "0"}, {"-sweep", "1,x"}, {"-friends", "1"}, {"-check", "nothing"}, {"-rate", "-1"}, {"-time", "1ms"},
	} {
		err := run(t.Context(), args, t.Output())
		if _, ok := errors.AsType[*config.Error](err); !ok {
			t.Errorf("%v: %v", args, err)
		}
	}
}
