//go:build linux

// Command load runs a whole Smalti of real processes on this machine, requests mosaics of photos from a
// fake host, and reports throughput and what it took.
//
//	go run ./scripts/load -workers 4 -rate 2 -friends 20
//	go run ./scripts/load -sweep 1,2,4,8,16
//	go run ./scripts/load -check all
//
// README.md beside it has results and what follows from them.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"smalti/pkg/config"
	"smalti/pkg/harness"
)

func main() {
	if len(os.Args) == 3 && os.Args[1] == baselineCommand {
		os.Exit(serveBaseline(os.Args[2]))
	}
	os.Exit(config.Exit("load", run(config.Signals(), os.Args[1:], os.Stdout), os.Stderr))
}

// settings of a run.
type settings struct {
	workers   []int // processes
	jobs      int   // of each at once
	mosaic    mosaic
	latency   time.Duration // of the photo host
	rate      float64       // mosaics a second; 0: one is always waiting
	rest      time.Duration // measured without any job, before
	time      time.Duration // measured
	shared    bool          // the cache of photos is in the queue's Redis
	vsftpd    bool
	checks    []check
	pages     int
	photoSide int    // of the photo host's photos, in pixels; 0: small ones
	admin     string // address of the web server's admin listener

	dir, programs string
}

// longest is the time limit of a run.
const longest = time.Hour

var errMissed = errors.New("not every promise is kept")

func run(ctx context.Context, args []string, stdout io.Writer) (err error) {
	c := settings{workers: []int{4}}
	if err := c.parse(args, stdout); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, longest)
	defer cancel()
	if c.programs, err = harness.Build(ctx, "", c.dir); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(c.programs)) }()
	if len(c.checks) > 0 {
		return c.check(ctx, stdout)
	}
	_, err = c.sweep(ctx, stdout)
	return err
}

func (c *settings) parse(args []string, out io.Writer) error {
	f := config.New("load", os.Getenv, out)
	f.Func("workers", "worker `processes` (default 4)", c.setWorkers)
	f.Func("sweep", "measure with each of these `numbers` of workers, as 1,2,4,8,16", c.setWorkers)
	f.IntVar(&c.jobs, "jobs", 1, "jobs that each of them works on at once")
	f.Float64Var(&c.rate, "rate", 0, "mosaics requested each second, at random times (default one is always waiting)")
	f.DurationVar(&c.time, "time", 30*time.Second, "how long to measure, once every worker has had a job")
	f.DurationVar(&c.rest, "rest", 5*time.Second, "how long to measure an idle system, before")
	f.IntVar(&c.mosaic.friends, "friends", 20, "friends of a mosaic")
	f.Float64Var(&c.mosaic.known, "known", 0, "`share` of the friends whose photo is in the cache")
	f.DurationVar(&c.latency, "latency", time.Second, "how long the photo host takes for each photo")
	f.IntVar(&c.mosaic.columns, "columns", 20, "cells from left to right")
	f.IntVar(&c.mosaic.rows, "rows", 20, "cells from top to bottom")
	f.IntVar(&c.mosaic.tile, "tile", 16, "a cell's side in pixels")
	f.BoolVar(&c.shared, "shared", false, "keep prepared photos in the queue's Redis, not in one of their own")
	f.BoolVar(&c.vsftpd, "vsftpd", false, "use vsftpd as the store, not a second web server's own")
	f.Func("check", "check promises instead: `all`, or some of "+strings.Join(checkNames(), ","), c.setChecks)
	f.IntVar(&c.pages, "pages", 5000, "open pages, of the check of that name")
	f.StringVar(&c.admin, "admin", "", "`address` of the web server's admin listener, which has /debug/pprof")
	f.StringVar(&c.dir, "dir", "", "`directory` for temporary files (default the system's)")
	f.Check(func() error {
		if c.mosaic.friends < 2 || c.time < time.Second || c.rate < 0 || c.pages < 1 || c.jobs < 1 {
			return errors.New("-friends must be at least 2, -time 1s, -pages and -jobs 1, and -rate 0")
		}
		return nil
	})
	return f.Parse(args)
}

func (c *settings) setWorkers(list string) error {
	c.workers = nil
	for s := range strings.SplitSeq(list, ",") {
		n, err := strconv.Atoi(s)
		if err != nil || n < 1 || n > 64 {
			return fmt.Errorf("%q is not a number from 1 to 64", s)
		}
		c.workers = append(c.workers, n)
	}
	return nil
}

// sweep measures with each number of workers and writes the table.
func (c *settings) sweep(ctx context.Context, out io.Writer) (all []measurement, err error) {
	fmt.Fprint(out, tableHead)
	ofOne := 0.0
	for _, n := range c.workers {
		m, err := c.measure(ctx, n)
		if err != nil {
			return all, fmt.Errorf("with %d workers: %w", n, err)
		}
		if n == 1 && c.rate == 0 {
			ofOne = m.throughput
		}
		m.writeRow(out, ofOne)
		all = append(all, m)
	}
	for _, m := range all {
		m.writeIdle(out)
		if m.failed > 0 {
			fmt.Fprintf(out, "With %d workers, %d mosaics failed.\n", m.workers, m.failed)
		}
	}
	return all, nil
}
