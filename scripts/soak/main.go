//go:build linux

// Command soak runs a whole Smalti of real processes on this machine, asks it for very many very
// small mosaics as browsers do, and meanwhile kills its processes, stops them and cuts their
// connections, as a plan drawn from a seed says. In the end it says whether the system kept its
// promise: whatever was accepted ends, once.
//
//	go run ./scripts/soak -jobs 50000 -kills 5000 -seed 1
//
// Its last line is always
//
//	accepted A, done D, failed-with-reason F, deleted X, lost L, shown twice T, missing people M, returned B, kills K, slowest recovery R
//
// What lost, shown twice, missing and returned mean, the type oracle says. Kills are SIGKILLs that ended a
// process. The slowest recovery is the longest time from the kill of a worker until the job that it held
// ran again or had ended; this includes the pause before a process is started again, and the delay that
// the queue puts before a third attempt. It exits with 1 when anything was lost or shown twice, anybody is
// missing, or anything returned.
//
// Redis's clock is stepped by libfaketime (Debian's package faketime). Where that is not installed, the
// clock stays right, and a line says so.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"smalti/pkg/rig"
	"smalti/pkg/version"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// settings of a soak.
type settings struct {
	jobs, kills       int
	seed              uint64
	fleet             size
	browsers          int
	waiting           int // mosaics, at most
	duration, patient time.Duration
	dir, keep         string
}

func (c *settings) parse(args []string, out io.Writer) error {
	f := flag.NewFlagSet("soak", flag.ContinueOnError)
	version.AddFlag(f)
	f.SetOutput(out)
	f.IntVar(&c.jobs, "jobs", 1000, "mosaics to ask for")
	f.IntVar(&c.kills, "kills", 100, "processes to kill meanwhile")
	f.Uint64Var(&c.seed, "seed", 1, "of the mosaics and of the faults")
	f.IntVar(&c.fleet.workers, "workers", 8, "worker processes")
	f.IntVar(&c.fleet.webs, "webs", 1, "web servers; more than one need -vsftpd")
	f.BoolVar(&c.fleet.vsftpd, "vsftpd", false, "vsftpd is the store, instead of the web server's own")
	f.IntVar(&c.browsers, "browsers", 200, "mosaics that somebody waits for at the same time")
	f.IntVar(&c.waiting, "max-waiting", 0, "mosaics that may wait on each list before a server refuses more (default half of -browsers)")
	f.DurationVar(&c.duration, "duration", 30*time.Minute, "ask for no more mosaics after this time")
	f.DurationVar(&c.patient, "patience", 5*time.Minute, "how long after that, or after the last request, everything must have ended")
	f.StringVar(&c.dir, "dir", "", "`directory` for the data, logs and secrets of the run; it is removed (default the system's for temporary files)")
	f.StringVar(&c.keep, "logs", "", "`directory` that gets the logs, if anything is wrong")
	if err := f.Parse(args); err != nil {
		return err
	}
	if c.jobs < 1 || c.kills < 0 || c.fleet.workers < 1 || c.fleet.webs < 1 || c.browsers < 1 {
		return errors.New("there must be jobs, workers, web servers and browsers")
	}
	if c.fleet.webs > 1 && !c.fleet.vsftpd {
		return errors.New("-webs: each has a store of its own; with more than one, use -vsftpd")
	}
	if c.fleet.waiting = c.waiting; c.waiting < 1 {
		c.fleet.waiting = max(2, c.browsers/2)
	}
	return nil
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	var c settings
	if err := c.parse(args, stderr); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return 0
		}
		fmt.Fprintf(stderr, "soak: %v\n", err)
		return 2
	}
	ok, err := soak(ctx, c, stdout, stderr)
	if err != nil {
		fmt.Fprintf(stderr, "soak: %v\n", err)
	}
	if !ok || err != nil {
		return 1
	}
	return 0
}

// soak reports whether everything was kept. The error is about the soak itself.
func soak(ctx context.Context, c settings, stdout, stderr io.Writer) (ok bool, err error) {
	dir, err := os.MkdirTemp(c.dir, "smalti-soak-")
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	programs, data := filepath.Join(dir, "programs"), filepath.Join(dir, "data")
	if err := errors.Join(os.Mkdir(programs, 0o700), os.Mkdir(data, 0o700)); err != nil {
		return false, err
	}
	if err := rig.Build(ctx, "", programs); err != nil {
		return false, err
	}
	pictures, err := rig.ServePhotos(rig.ServerIP, 0)
	if err != nil {
		return false, err
	}
	defer pictures.Close()
	rec, orc := newRecovery(), newOracle()
	clock, err := newClock(dir)
	if err != nil {
		return false, err
	}
	if clock == nil {
		fmt.Fprintln(stderr, "libfaketime is not installed: Redis's clock stays right")
	}
	f, err := startFleet(programs, data, c.fleet, clock, rec.watch)
	if err != nil {
		return false, err
	}
	defer f.stop()

	// One clock for all of it: nothing runs on after the last of these.
	all, end := context.WithTimeout(ctx, c.duration+c.patient)
	defer end()
	accept, stopAccepting := context.WithTimeout(all, c.duration)
	defer stopAccepting()
	crowd := newCrowd(f.Bases(), pictures, c.seed, c.jobs, c.browsers, orc, rec)
	faults := &conductor{
		fleet: f, recovery: rec, clock: clock,
		ended: func() float64 {
			_, ended := orc.count()
			return float64(ended) / float64(c.jobs)
		},
		uploading: func() bool { return crowd.uploading.Load() > 0 },
	}
	var running, browsing, conducting sync.WaitGroup
	life, die := context.WithCancel(all)
	running.Go(func() { f.supervise(life) })
	running.Go(func() { report(life, stderr, orc, faults) })
	conducting.Go(func() { faults.run(accept, planOf(c.seed, c.kills)) })
	began := time.Now()
	following, giveUp := context.WithCancel(all)
	patience := context.AfterFunc(accept, func() { time.AfterFunc(c.patient, giveUp) })
	for i := range c.browsers {
		browsing.Go(func() { crowd.browser(i).run(following, accept) })
	}
	browsing.Wait()
	stopAccepting()
	conducting.Wait()
	took := time.Since(began)
	lookAgain(all, crowd, c.browsers)
	giveUp()
	patience()
	die()
	running.Wait()

	if failure := crowd.failure.Load(); failure != nil {
		return false, *failure
	}
	v := orc.judge()
	for _, line := range v.tell() {
		fmt.Fprintln(stdout, line)
	}
	if len(v.findings) > 0 && c.keep != "" {
		err = f.KeepLogs(c.keep)
	}
	tellTimes(stdout, rec.times())
	f.stop()
	tellCPU(stdout, f)
	fmt.Fprintf(stdout, "%.0f s, %.1f mosaics/s, %.2f kills/s, %d restarts, %d stops, %d cuts, %d steps of the clock, %d processes ended by themselves\n",
		took.Seconds(), float64(v.done+v.failed+v.deleted)/took.Seconds(), float64(faults.kills.Load())/took.Seconds(),
		faults.restarts.Load(), faults.stops.Load(), faults.cuts.Load(), faults.steps.Load(), f.crashes.Load())
	fmt.Fprintf(stdout, "%d people counted, %d mosaics of uploaded photos, %d requests refused with 503\n",
		v.people, crowd.uploads.Load(), crowd.full.Load())
	slowest := time.Duration(0)
	if times := rec.times(); len(times) > 0 {
		slowest = times[len(times)-1]
	}
	fmt.Fprintf(stdout, "accepted %d, done %d, failed-with-reason %d, deleted %d, lost %d, shown twice %d, missing people %d, returned %d, kills %d, slowest recovery %v\n",
		v.accepted, v.done, v.failed, v.deleted, v.lost, v.twice, v.missing, v.returned, faults.kills.Load(), slowest.Round(time.Millisecond))
	return v.lost == 0 && v.twice == 0 && v.missing == 0 && v.returned == 0, err
}

// lookAgain opens every mosaic that has ended once more, now that nothing disturbs, and counts the people
// of those in which nobody did yet.
func lookAgain(ctx context.Context, c *crowd, browsers int) {
	n, _ := c.oracle.count()
	var all sync.WaitGroup
	for i := range browsers {
		all.Go(func() {
			b := c.browser(browsers + i)
			for k := i; k < n && ctx.Err() == nil; k += browsers {
				switch id, f, counted := c.oracle.at(k); f {
				case ended:
					a, known := b.poll(ctx, id)
					for !known && rig.Wait(ctx, 200*time.Millisecond) {
						a, known = b.poll(ctx, id)
					}
					if a != nil && a.State == "done" && (k%10 == 0 || !counted) {
						b.files(ctx, id)
					}
				case deleted:
					for !b.seekDeleted(ctx, id) && rig.Wait(ctx, 200*time.Millisecond) {
					}
				}
			}
		})
	}
	all.Wait()
}

// report prints a line every few seconds.
func report(ctx context.Context, w io.Writer, o *oracle, c *conductor) {
	began := time.Now()
	before := 0
	const every = 5 * time.Second
	for rig.Wait(ctx, every) {
		accepted, ended := o.count()
		fmt.Fprintf(w, "%4.0f s: accepted %d, ended %d (%.1f/s), kills %d, stops %d, cuts %d\n", time.Since(began).Seconds(),
			accepted, ended, float64(ended-before)/every.Seconds(), c.kills.Load(), c.stops.Load(), c.cuts.Load())
		before = ended
	}
}

func tellTimes(w io.Writer, times []time.Duration) {
	if len(times) == 0 {
		return
	}
	var b strings.Builder
	for _, p := range []int{50, 90, 99} {
		fmt.Fprintf(&b, ", %d %% within %v", p, times[(len(times)-1)*p/100].Round(time.Millisecond))
	}
	fmt.Fprintf(w, "%d recoveries%s\n", len(times), b.String())
}

func tellCPU(w io.Writer, f *fleet) {
	var self syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &self)
	own := time.Duration(self.Utime.Nano() + self.Stime.Nano())
	redis, web, workers, others := f.cpu()
	fmt.Fprintf(w, "CPU: redis %.0f s, web %.0f s, workers %.0f s, vsftpd %.0f s, browsers and proxies %.0f s\n",
		redis.Seconds(), web.Seconds(), workers.Seconds(), others.Seconds(), own.Seconds())
}
