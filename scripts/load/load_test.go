//go:build linux

package main

import (
	"bytes"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"smalti/pkg/testenv"
)

// TestMain makes this test binary the bare server, too.
func TestMain(m *testing.M) {
	if len(os.Args) == 3 && os.Args[1] == bareCommand {
		os.Exit(serveBare(os.Args[2]))
	}
	os.Exit(m.Run())
}

// A small measurement of the real thing: every figure of a row is there, and can be.
func TestARow(t *testing.T) {
	testenv.SkipSlow(t)
	testenv.Program(t, "redis-server")
	var out bytes.Buffer
	code := run(t.Context(), []string{
		"-workers", "2", "-friends", "3", "-latency", "50ms", "-time", "3s", "-rest", "1s", "-dir", t.TempDir(),
	}, &out, t.Output())
	t.Log(out.String())
	some := `[\d.]*[1-9][\d.]*` // a number that is not zero
	row := regexp.MustCompile(`(?m)^\| 2 \| ` + some + ` \| [\d.]+ \| - \| \d+ / \d+ / \d+ \| ` + some + ` / ` + some + ` / ` + some +
		` \| ` + some + ` \| ` + some + ` \| ` + some + ` \| ` + some + ` \| ` + some + ` \| ` + some + ` \|`)
	if code != 0 || !row.MatchString(out.String()) || !strings.Contains(out.String(), "At rest, with 2 workers") {
		t.Errorf("exit code %d", code)
	}
}

// What is cut off at the ends of the time that is measured counts for nothing.
func TestThroughputGoesByStarts(t *testing.T) {
	t.Parallel()
	times := newTimes()
	zero := time.Unix(0, 0)
	at := func(s float64) time.Time { return zero.Add(time.Duration(s * float64(time.Second))) }
	times.starts["a"] = []time.Time{at(0.5), at(1.5), at(3.5), at(5.5), at(7.5), at(9.5), at(12)} // one in two seconds
	times.starts["b"] = []time.Time{at(2), at(6), at(11)}                                         // one in four
	times.starts["c"] = []time.Time{at(3)}                                                        // nobody knows
	if got := times.throughput(span{at(1), at(10)}); got < 0.7499 || got > 0.7501 {
		t.Errorf("%v jobs/s", got)
	}
}

// The times come from the logs of the workers.
func TestTimesOfALog(t *testing.T) {
	t.Parallel()
	times := newTimes()
	from := time.Now()
	times.asked("one", from)
	log := times.watch("w")
	log.Write([]byte(`time=x level=INFO msg="job started" worker=w job=one attempt=1` + "\n" + `time=x level=INFO msg="job do`))
	if n, _, _ := times.done(span{from, time.Now().Add(time.Hour)}); n != 0 {
		t.Error("it is done before its line is there")
	}
	log.Write([]byte(`ne" worker=w job=one attempt=1 took=1s` + "\n"))
	n, waited, took := times.done(span{from, time.Now().Add(time.Hour)})
	if n != 1 || len(waited) != 1 || len(took) != 1 || times.firstStart("w").Before(from) {
		t.Errorf("%d done, waited %v, took %v", n, waited, took)
	}
}

func TestPercentiles(t *testing.T) {
	t.Parallel()
	var all []time.Duration
	for i := range 101 {
		all = append(all, time.Duration(i)*time.Millisecond)
	}
	if got := threePercentiles(all); got != "50 / 95 / 99" {
		t.Error(got)
	}
	if got := threePercentiles(nil); got != "0 / 0 / 0" {
		t.Error(got)
	}
}

func TestMistakesAreRefused(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{
		{"-workers", "0"}, {"-sweep", "1,x"}, {"-friends", "1"}, {"-check", "nothing"}, {"-rate", "-1"}, {"-time", "1ms"},
	} {
		var errs bytes.Buffer
		if code := run(t.Context(), args, &errs, &errs); code != 2 || errs.Len() == 0 {
			t.Errorf("%v: exit code %d, %s", args, code, &errs)
		}
	}
}
