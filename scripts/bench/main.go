// Command bench measures this program beside others, on the same pictures and in the same run.
//
//	go run ./scripts/bench -photos DIR -targets DIR
//
// makes mosaics with this program and with every other one that is installed (see peers), and
// writes as Markdown how much they look like their targets, whom they show, and what they cost.
//
//	go run ./scripts/bench -composer -photos DIR
//
// measures what writes the posters beside other JPEG encoders.
//
// Nothing stays behind: everything is made in a temporary directory.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"

	"smalti/pkg/version"
)

func main() {
	if len(os.Args) > 1 {
		// This program starts itself to do these.
		switch os.Args[1] {
		case measureCommand:
			os.Exit(measure(os.Args[2:]))
		case composeCommand:
			os.Exit(compose(os.Args[2:]))
		}
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// settings are the flags.
type settings struct {
	photos, targets string
	columns, rows   int
	tile            int
	repeatDistance  int
	only            string
	runs            int
	large           bool
	composer        bool
	temp            string
}

func run(ctx context.Context, args []string) error {
	var s settings
	f := flag.NewFlagSet("bench", flag.ContinueOnError)
	version.AddFlag(f)
	f.StringVar(&s.photos, "photos", "", "`directory` with the photos")
	f.StringVar(&s.targets, "targets", "", "`directory` with the pictures that the mosaics show")
	f.IntVar(&s.columns, "columns", 100, "cells from left to right")
	f.IntVar(&s.rows, "rows", 100, "cells from top to bottom; targets are cut to this shape")
	f.IntVar(&s.tile, "tile", 64, "a cell's side in pixels")
	f.IntVar(&s.repeatDistance, "repeat-distance", 3, "least distance of two uses of a photo, in cells")
	f.StringVar(&s.only, "only", "", "only targets whose name contains this `text`")
	f.IntVar(&s.runs, "runs", 3, "how often to measure a time; the median counts")
	f.BoolVar(&s.large, "large", true, "measure a mosaic of 300 x 300 cells and 5,000 photos too")
	f.BoolVar(&s.composer, "composer", false, "measure what writes the posters instead")
	f.StringVar(&s.temp, "temp", "", "`directory` to work in (default the system's)")
	if err := f.Parse(args); err != nil {
		return err
	}
	if s.photos == "" || s.targets == "" && !s.composer {
		return errors.New("-photos and, unless with -composer, -targets are needed")
	}
	if s.runs < 1 || s.columns < 1 || s.rows < 1 || s.tile < 1 {
		return errors.New("-runs, -columns, -rows and -tile are positive")
	}
	temp, err := os.MkdirTemp(s.temp, "bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(temp)
	if s.temp, err = filepath.Abs(temp); err != nil {
		return err
	}

	fmt.Printf("`go run ./scripts/bench %s`\n\n", strings.Join(args, " "))
	fmt.Printf("%s, %s/%s, %d cores%s.\n\n", runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), load())
	if s.composer {
		return benchComposer(ctx, s)
	}
	return benchArt(ctx, s)
}

// load tells how busy the machine was before, where that can be known.
func load() string {
	b, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return ""
	}
	one, _, _ := strings.Cut(string(b), " ")
	return ", load average " + one
}

// note tells whoever waits what is going on.
func note(format string, args ...any) { fmt.Fprintf(os.Stderr, format+"\n", args...) }
