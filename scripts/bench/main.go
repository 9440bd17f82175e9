// Command bench compares Smalti with other programs, on the same pictures and in the same run.
//
//	go run ./scripts/bench -photos DIR -targets DIR
//
// makes mosaics with Smalti and with every peer that is installed. It writes as Markdown how similar they
// are to their targets, which photos they show, and what they cost. README.md beside it has results.
//
// Everything is made in a temporary directory, which is removed.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"smalti/pkg/config"
)

func main() {
	if len(os.Args) > 1 && os.Args[1] == measureCommand {
		os.Exit(config.Exit("bench", measureProgram(os.Args[2:]), os.Stderr))
	}
	os.Exit(config.Exit("bench", run(config.Signals(), os.Args[1:], os.Stdout), os.Stderr))
}

// settings are the flags.
type settings struct {
	photos, targets string
	columns, rows   int
	tile            int
	repeatDistance  int
	only            string
	runs            int
	large, friends  bool
	before          string
	crops, sheets   bool
	out             string
	temp            string
}

func run(ctx context.Context, args []string, stdout io.Writer) (err error) {
	var s settings
	f := config.New("bench", os.Getenv, stdout)
	f.StringVar(&s.photos, "photos", "", "`directory` of the photos")
	f.StringVar(&s.targets, "targets", "", "`directory` of the pictures that the mosaics show")
	f.IntVar(&s.columns, "columns", 100, "cells from left to right")
	f.IntVar(&s.rows, "rows", 100, "cells from top to bottom; targets are cut to this shape")
	f.IntVar(&s.tile, "tile", 64, "a cell's side in pixels")
	f.IntVar(&s.repeatDistance, "repeat-distance", 3, "least distance of two uses of a photo, in cells")
	f.StringVar(&s.only, "only", "", "only targets whose name contains this `text`")
	f.IntVar(&s.runs, "runs", 3, "how often to measure a time; the median counts")
	f.BoolVar(&s.large, "large", true, "also measure a mosaic of 300 x 300 cells and 5,000 photos")
	f.BoolVar(&s.friends, "friends", true, "also measure mosaics of 60, 150 and 307 friends, with the defaults")
	f.StringVar(&s.before, "before", "", "`program`: the worker of an earlier version, to compare the defaults with")
	f.BoolVar(&s.crops, "crops", false, "only report how many faces square crops cut; needs no photos")
	f.BoolVar(&s.sheets, "sheets", false, "only draw mosaics of 60, 150 and 300 friends into -out, from near and from far; needs no photos")
	f.StringVar(&s.out, "out", "", "`directory` for pictures: a contact sheet of all crops, and the sheets")
	f.StringVar(&s.temp, "temp", "", "`directory` for temporary files (default the system's)")
	f.Check(func() error {
		if (s.photos == "" || s.targets == "") && !s.crops && !s.sheets {
			return errors.New("-photos and -targets are required")
		}
		if s.sheets && s.out == "" {
			return errors.New("-sheets needs -out")
		}
		return nil
	})
	f.Check(func() error {
		if s.runs < 1 || s.columns < 1 || s.rows < 1 || s.tile < 1 {
			return errors.New("-runs, -columns, -rows and -tile must be positive")
		}
		return nil
	})
	if err := f.Parse(args); err != nil {
		return err
	}
	temp, err := os.MkdirTemp(s.temp, "bench-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(temp)) }()
	if s.temp, err = filepath.Abs(temp); err != nil {
		return err
	}
	if s.out != "" {
		if err := os.MkdirAll(s.out, 0o777); err != nil {
			return err
		}
	}
	fmt.Printf("`go run ./scripts/bench %s`\n\n", strings.Join(args, " "))
	fmt.Printf("%s, %s/%s, %d cores%s.\n\n", runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), loadAverage())
	if s.crops || s.sheets {
		return s.benchPictures(ctx)
	}
	if err := s.benchMosaics(ctx); err != nil {
		return err
	}
	return s.benchCrops()
}

// benchPictures does what needs no photos.
func (s *settings) benchPictures(ctx context.Context) error {
	if s.crops {
		if err := s.benchCrops(); err != nil {
			return err
		}
	}
	if s.sheets {
		return s.drawSheets(ctx)
	}
	return nil
}

// loadAverage says how busy the machine was before, if that is known.
func loadAverage() string {
	b, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return ""
	}
	one, _, _ := strings.Cut(string(b), " ")
	return ", load average " + one
}

// note reports progress.
func note(format string, args ...any) { fmt.Fprintf(os.Stderr, format+"\n", args...) }
