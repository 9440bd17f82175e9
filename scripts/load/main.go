//go:build linux

// Command load runs a whole Smalti of real processes on this machine, has people ask it for mosaics
// of a fake photo host's pictures, and tells how much it made and what that took.
//
//	go run ./scripts/load -workers 4 -rate 2 -friends 20
//	go run ./scripts/load -sweep 1,2,4,8,16
//	go run ./scripts/load -check all
//
// README.md beside it says what was measured, and what follows from that.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"

	"smalti/pkg/rig"
	"smalti/pkg/version"
)

func main() {
	if len(os.Args) == 3 && os.Args[1] == bareCommand {
		os.Exit(serveBare(os.Args[2]))
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// settings of a run.
type settings struct {
	load
	workers []int
	checks  []string
	pages   int
}

func (c *settings) parse(args []string, out io.Writer) error {
	f := flag.NewFlagSet("load", flag.ContinueOnError)
	version.AddFlag(f)
	f.SetOutput(out)
	f.Func("workers", "worker `processes` (default 4)", func(s string) error { return c.setWorkers(s) })
	f.Func("sweep", "measure with each of these `numbers` of workers, as 1,2,4,8,16", func(s string) error { return c.setWorkers(s) })
	f.Float64Var(&c.rate, "rate", 0, "mosaics that are asked for each second, by people who come when they like (default one is always waiting)")
	f.DurationVar(&c.time, "time", 30*time.Second, "measure for so long, after every worker has had a job")
	f.DurationVar(&c.rest, "rest", 5*time.Second, "measure what it costs to wait for so long, before")
	f.IntVar(&c.order.friends, "friends", 20, "friends of a mosaic")
	f.Float64Var(&c.order.known, "known", 0, "`share` of the friends whose photo is in the cache")
	f.DurationVar(&c.latency, "latency", time.Second, "how long the photo host takes for each photo")
	f.IntVar(&c.order.columns, "columns", 20, "cells from left to right")
	f.IntVar(&c.order.rows, "rows", 20, "cells from top to bottom")
	f.IntVar(&c.order.tile, "tile", 16, "a cell's side in pixels")
	f.BoolVar(&c.shared, "shared", false, "prepared photos are kept in the queue's Redis, and not in one of their own")
	f.BoolVar(&c.vsftpd, "vsftpd", false, "vsftpd is the store, instead of a second web server's own")
	f.Func("check", "measure promises instead, and say which are kept: `all`, or some of "+strings.Join(checkNames(), ","), func(s string) (err error) {
		c.checks, err = chosenChecks(s)
		return err
	})
	f.IntVar(&c.pages, "pages", 5000, "open pages, of the check of that name")
	f.StringVar(&c.admin, "admin", "", "`address` of the web server's admin listener: its /debug/pprof tells what it is busy with")
	f.StringVar(&c.dir, "dir", "", "`directory` for the data of the run, which is removed (default the system's for temporary files)")
	if err := f.Parse(args); err != nil {
		return err
	}
	if len(c.workers) == 0 {
		c.workers = []int{4}
	}
	if c.order.friends < 2 || c.time < time.Second || c.rate < 0 || c.pages < 1 {
		return errors.New("there must be two friends, a second, pages, and no negative rate")
	}
	return nil
}

func (c *settings) setWorkers(list string) error {
	c.workers = nil
	for s := range strings.SplitSeq(list, ",") {
		n, err := strconv.Atoi(s)
		if err != nil || n < 1 || n > 64 {
			return fmt.Errorf("%q is no number of workers from 1 to 64", s)
		}
		c.workers = append(c.workers, n)
	}
	return nil
}

// longest is when the whole run ends, come what may.
const longest = time.Hour

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	var c settings
	if err := c.parse(args, stderr); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return 0
		}
		fmt.Fprintf(stderr, "load: %v\n", err)
		return 2
	}
	ctx, cancel := context.WithTimeout(ctx, longest)
	defer cancel()
	kept, err := c.run(ctx, stdout)
	if err != nil {
		fmt.Fprintf(stderr, "load: %v\n", err)
	}
	if err != nil || !kept {
		return 1
	}
	return 0
}

func (c *settings) run(ctx context.Context, out io.Writer) (kept bool, err error) {
	if c.programs, err = os.MkdirTemp(c.dir, "smalti-load-"); err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(c.programs)) }()
	if err := rig.Build(ctx, "", c.programs); err != nil {
		return false, err
	}
	if len(c.checks) > 0 {
		return c.check(ctx, out)
	}
	_, err = c.sweep(ctx, out)
	return err == nil, err
}

// sweep measures with each number of workers, and writes the table.
func (c *settings) sweep(ctx context.Context, out io.Writer) (rows []row, err error) {
	fmt.Fprint(out, tableHead)
	one := 0.0
	for _, n := range c.workers {
		r, err := c.measure(ctx, n)
		if err != nil {
			return rows, fmt.Errorf("with %d workers: %w", n, err)
		}
		if n == 1 && c.rate == 0 {
			one = r.throughput
		}
		r.tell(out, one)
		rows = append(rows, r)
	}
	for _, r := range rows {
		r.tellRest(out)
		if r.failed > 0 {
			fmt.Fprintf(out, "With %d workers, %d mosaics failed.\n", r.workers, r.failed)
		}
	}
	return rows, nil
}
