//go:build linux

// Command soak runs a whole Smalti of real processes on this machine and requests very many very small
// mosaics as browsers do. Meanwhile it kills and freezes processes and cuts connections, by a plan drawn
// from a seed. In the end it says whether the system kept its promise: every accepted mosaic ends, once.
//
//	go run ./scripts/soak -jobs 50000 -kills 5000 -seed 1
//
// Its last line is always
//
//	accepted A, done D, failed-with-reason F, deleted X, lost L, shown twice T, missing people M, returned B, kills K, slowest recovery R
//
// The type oracle defines lost, shown twice, missing and returned. Kills are SIGKILLs that ended a process.
// The slowest recovery is the longest time from the kill of a worker until its job ran again or had ended;
// it includes the pause before the process is restarted and the queue's delay before a third attempt. The
// exit code is 1 if anything was lost, shown twice, missing or returned.
//
// libfaketime (Debian's package faketime) steps Redis's clock. Without it the clock is left alone, and a
// line says so.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"syscall"
	"time"

	"smalti/pkg/config"
	"smalti/pkg/harness"
	"smalti/pkg/pause"
)

func main() {
	os.Exit(config.Exit("soak", run(config.Signals(), os.Args[1:], os.Stdout, os.Stderr), os.Stderr))
}

// settings of a soak.
type settings struct {
	jobs, kills        int
	seed               uint64
	workers, webs      int
	vsftpd             bool
	browsers           int
	maxWaiting         int
	duration, patience time.Duration
	dir, logs          string
}

var errBroken = errors.New("the system broke its promise")

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	var c settings
	f := config.New("soak", os.Getenv, stdout)
	f.IntVar(&c.jobs, "jobs", 1000, "mosaics to request")
	f.IntVar(&c.kills, "kills", 100, "processes to kill meanwhile")
	f.Uint64Var(&c.seed, "seed", 1, "seed of the mosaics and the faults")
	f.IntVar(&c.workers, "workers", 8, "worker processes")
	f.IntVar(&c.webs, "webs", 1, "web servers; more than one need -vsftpd")
	f.BoolVar(&c.vsftpd, "vsftpd", false, "use vsftpd as the store instead of the web server's own")
	f.IntVar(&c.browsers, "browsers", 200, "browsers, each of which waits for one mosaic at a time")
	f.IntVar(&c.maxWaiting, "max-waiting", 0, "mosaics that may wait on each list before a server refuses more (default half of -browsers)")
	f.DurationVar(&c.duration, "duration", 30*time.Minute, "request no more mosaics after this time")
	f.DurationVar(&c.patience, "patience", 5*time.Minute, "how long after the last request everything must have ended")
	f.StringVar(&c.dir, "dir", "", "`directory` for temporary files (default the system's)")
	f.StringVar(&c.logs, "logs", "", "`directory` for the logs, if anything is wrong")
	f.Check(func() error {
		if c.jobs < 1 || c.kills < 0 || c.workers < 1 || c.webs < 1 || c.browsers < 1 {
			return errors.New("-jobs, -workers, -webs and -browsers must be positive")
		}
		if c.webs > 1 && !c.vsftpd {
			return errors.New("-webs: each has a store of its own; more than one need -vsftpd")
		}
		return nil
	})
	if err := f.Parse(args); err != nil {
		return err
	}
	if c.maxWaiting < 1 {
		c.maxWaiting = max(2, c.browsers/2)
	}
	return c.soak(ctx, stdout, stderr)
}

func (c settings) soak(ctx context.Context, stdout, stderr io.Writer) (err error) {
	recovery, oracle := newRecoveryTimer(), newOracle()
	s, err := c.start(ctx, recovery, stderr)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.stop()) }()

	// Nothing goes on after the end of the first context.
	all, end := context.WithTimeout(ctx, c.duration+c.patience)
	defer end()
	accept, stopAccepting := context.WithTimeout(all, c.duration)
	defer stopAccepting()
	b := newBrowsers(s.URLs, s.Photos, c.seed, c.jobs, oracle, recovery)
	inject := &injector{system: s, recovery: recovery, oracle: oracle, jobs: c.jobs, uploading: func() bool { return b.uploading.Load() > 0 }}
	background, stopBackground := context.WithCancel(all)
	var running, browsing, injecting sync.WaitGroup
	running.Go(func() { s.Supervise(background, func() { s.crashes.Add(1) }) })
	running.Go(func() { reportProgress(background, stderr, oracle, inject) })
	injecting.Go(func() { inject.run(accept, planFaults(c.seed, c.kills)) })
	began := time.Now()
	following, giveUp := context.WithCancel(all)
	defer context.AfterFunc(accept, func() { time.AfterFunc(c.patience, giveUp) })()
	for i := range c.browsers {
		browsing.Go(func() { b.browser(i).run(following, accept) })
	}
	browsing.Wait()
	stopAccepting()
	injecting.Wait()
	took := time.Since(began)
	b.lookAgain(all, c.browsers)
	giveUp()
	stopBackground()
	running.Wait()

	if failure := b.failure.Load(); failure != nil {
		return *failure
	}
	v := oracle.judge()
	for _, line := range v.report() {
		fmt.Fprintln(stdout, line)
	}
	if len(v.findings) > 0 && c.logs != "" {
		err = s.KeepLogs(c.logs)
	}
	s.End()
	reportRecoveries(stdout, recovery.times())
	reportCPU(stdout, s)
	fmt.Fprintf(stdout, "%.0f s, %.1f mosaics/s, %.2f kills/s, %d restarts, %d stops, %d cuts, %d steps of the clock, %d processes ended by themselves\n",
		took.Seconds(), float64(v.done+v.failed+v.deleted)/took.Seconds(), float64(inject.kills.Load())/took.Seconds(),
		inject.restarts.Load(), inject.stops.Load(), inject.cuts.Load(), inject.steps.Load(), s.crashes.Load())
	fmt.Fprintf(stdout, "%d people counted, %d mosaics of uploaded photos, %d requests refused with 503\n",
		v.people, b.uploads.Load(), b.refused.Load())
	fmt.Fprintf(stdout, "accepted %d, done %d, failed-with-reason %d, deleted %d, lost %d, shown twice %d, missing people %d, returned %d, kills %d, slowest recovery %v\n",
		v.accepted, v.done, v.failed, v.deleted, v.lost, v.twice, v.missing, v.returned, inject.kills.Load(),
		harness.Percentile(recovery.times(), 100).Round(time.Millisecond))
	if v.lost+v.twice+v.missing+v.returned > 0 {
		err = errors.Join(err, errBroken)
	}
	return err
}

// reportProgress writes a line every five seconds.
func reportProgress(ctx context.Context, w io.Writer, o *oracle, i *injector) {
	began, before := time.Now(), 0
	const interval = 5 * time.Second
	for pause.For(ctx, interval) {
		accepted, ended := o.count()
		fmt.Fprintf(w, "%4.0f s: accepted %d, ended %d (%.1f/s), kills %d, stops %d, cuts %d\n", time.Since(began).Seconds(),
			accepted, ended, float64(ended-before)/interval.Seconds(), i.kills.Load(), i.stops.Load(), i.cuts.Load())
		before = ended
	}
}

func reportRecoveries(w io.Writer, times []time.Duration) {
	if len(times) == 0 {
		return
	}
	var b strings.Builder
	for _, p := range []int{50, 90, 99} {
		fmt.Fprintf(&b, ", %d %% within %v", p, harness.Percentile(times, p).Round(time.Millisecond))
	}
	fmt.Fprintf(w, "%d recoveries%s\n", len(times), b.String())
}

func reportCPU(w io.Writer, s *system) {
	var self syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &self) // cannot fail with these arguments
	own := time.Duration(self.Utime.Nano() + self.Stime.Nano())
	cpu, _ := s.CPU() // all processes have been ended
	fmt.Fprintf(w, "CPU: redis %.0f s, web %.0f s, workers %.0f s, vsftpd %.0f s, browsers and proxies %.0f s\n",
		cpu.Redis.Seconds(), cpu.Web.Seconds(), cpu.Workers.Seconds(), cpu.Store.Seconds(), own.Seconds())
}
