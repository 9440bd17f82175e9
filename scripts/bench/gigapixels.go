package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"smalti/pkg/counting"
	"smalti/pkg/poster"
)

// composeCommand makes this program one that writes a poster and tells how long that took.
const composeCommand = "compose"

// composed is what it tells.
type composed struct {
	Took  time.Duration // to code and to write
	Bytes int64
}

// compose takes a directory with tiles, columns, rows, and a file, which may be empty.
func compose(args []string) int {
	c, err := composePoster(args)
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(c)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

func composePoster(args []string) (c composed, err error) {
	if len(args) != 4 {
		return c, errors.New("compose: directory, columns, rows, file")
	}
	columns, err := strconv.Atoi(args[1])
	if err != nil {
		return c, err
	}
	rows, err := strconv.Atoi(args[2])
	if err != nil {
		return c, err
	}
	tiles, err := readTiles(args[0])
	if err != nil {
		return c, err
	}
	g := randomGrid(columns, rows, len(tiles), 8)
	begin := time.Now()
	p, err := poster.New(tiles, g, options)
	if err != nil {
		return c, err
	}
	n := &counting.Writer{Writer: io.Discard}
	if args[3] == "" {
		err = p.Write(context.Background(), n, nil)
	} else {
		err = writeFile(args[3], func(w io.Writer) error {
			return p.Write(context.Background(), io.MultiWriter(w, n), nil)
		})
	}
	return composed{time.Since(begin), n.Bytes}, err
}

func writeFile(path string, write func(io.Writer) error) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	err = write(f)
	if closing := f.Close(); err == nil {
		err = closing
	}
	return err
}

// benchGigapixels writes posters as large as a JPEG can be, each in a process of its own.
func benchGigapixels(ctx context.Context, s settings, tiles string, t *table, c *claims) error {
	const side = poster.MaxSide / composerTile
	mega := float64(side*side*composerTile*composerTile) / 1e6
	file, copied := filepath.Join(s.temp, "poster.jpg"), filepath.Join(s.temp, "copy.jpg")
	defer os.Remove(file)
	defer os.Remove(copied)

	var peaks []int64
	var size int64
	poster := func(path string) func() (time.Duration, error) {
		return func() (time.Duration, error) {
			if err := settle(ctx, s.temp, path); err != nil {
				return 0, err
			}
			p, spent, err := composeElsewhere(ctx, s.temp, tiles, side, path)
			if err == nil && path == "" {
				peaks = append(peaks, spent.Peak)
			}
			size = p.Bytes
			return p.Took, err
		}
	}
	var all contest
	all.add("4 gigapixels, coding and writing", poster(""))
	all.add("4 gigapixels, coding and writing to a file", poster(file))
	all.add("cp of that file", func() (time.Duration, error) {
		if err := settle(ctx, s.temp, copied); err != nil {
			return 0, err
		}
		spent, _, err := start(ctx, s.temp, "cp", file, copied)
		return spent.Wall, err
	})
	times, err := all.medians(s.runs)
	if err != nil {
		return err
	}
	for i, name := range all.names {
		addTime(t, name, mega, times[i])
	}
	c.atMost("4 gigapixels: resident memory", "%.0f MB", 300, float64(median(peaks))/1e6)
	c.atMost(fmt.Sprintf("4 gigapixels to a file (%.0f MB) beside cp", float64(size)/1e6), "%.2f times", 1.3,
		times[1].Seconds()/times[2].Seconds())
	return nil
}

// settle removes a file that may not be there, or have no name, and waits until the disk has what was
// written before: else each run would pay for the one before it.
func settle(ctx context.Context, temp, path string) error {
	if path != "" {
		if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	_, _, err := start(ctx, temp, "sync")
	return err
}

// composeElsewhere writes a poster in another process.
func composeElsewhere(ctx context.Context, temp, tiles string, side int, path string) (c composed, spent cost, err error) {
	self, err := os.Executable()
	if err != nil {
		return c, spent, err
	}
	n := strconv.Itoa(side)
	spent, out, err := start(ctx, temp, self, composeCommand, tiles, n, n, path)
	if err != nil {
		return c, spent, err
	}
	return c, spent, json.Unmarshal(out, &c)
}
