package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"smalti/pkg/counting"
	"smalti/pkg/poster"
)

// composeCommand makes this program one that writes a poster and reports how long that took.
const composeCommand = "compose"

// composed is what it reports.
type composed struct {
	Took  time.Duration // coding and writing
	Bytes int64
}

// composePoster takes a directory of tiles, the number of columns and rows, and a file, which may be empty.
func composePoster(args []string) error {
	if len(args) != 3 {
		return errors.New("compose: directory, columns, file")
	}
	side, err := strconv.Atoi(args[1])
	if err != nil {
		return err
	}
	paths, err := pictures(args[0])
	if err != nil {
		return err
	}
	tiles := make([]*image.NRGBA, len(paths))
	for i, path := range paths {
		if tiles[i], err = decode(path); err != nil {
			return err
		}
	}
	g := randomGrid(side, side, len(tiles), 8)
	begin := time.Now()
	p, err := poster.New(tiles, g, options)
	if err != nil {
		return err
	}
	out := &counting.Writer{Writer: io.Discard}
	if args[2] == "" {
		err = p.Write(context.Background(), out, nil)
	} else {
		err = writeFile(args[2], func(f io.Writer) error {
			out.Writer = f
			return p.Write(context.Background(), out, nil)
		})
	}
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(composed{time.Since(begin), out.Bytes})
}

func writeFile(path string, write func(io.Writer) error) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	return errors.Join(write(f), f.Close())
}

// gigapixels writes posters of the largest size of a JPEG, each in a process of its own.
func (b *composer) gigapixels(ctx context.Context) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	const side = poster.MaxSide / composerTile
	const mega = side * side * composerTile * composerTile / 1e6
	file, copied := filepath.Join(b.temp, "poster.jpg"), filepath.Join(b.temp, "copy.jpg")
	defer func() { _ = errors.Join(os.Remove(file), os.Remove(copied)) }() // they are in a directory that is removed, too
	var peaks []int64
	var last composed
	compose := func(path string) func() (time.Duration, error) {
		return func() (time.Duration, error) {
			if err := b.settle(ctx, path); err != nil {
				return 0, err
			}
			spent, out, err := start(ctx, b.temp, self, composeCommand, b.dir, strconv.Itoa(side), path)
			if err != nil {
				return 0, err
			}
			if path == "" {
				peaks = append(peaks, spent.Peak)
			}
			err = json.Unmarshal(out, &last)
			return last.Took, err
		}
	}
	nowhere := &contender{name: "4 gigapixels, coding and writing", megapixels: mega, once: compose("")}
	toFile := &contender{name: "4 gigapixels, coding and writing to a file", megapixels: mega, once: compose(file)}
	cp := &contender{name: "cp of that file", megapixels: mega, once: func() (time.Duration, error) {
		if err := b.settle(ctx, copied); err != nil {
			return 0, err
		}
		spent, _, err := start(ctx, b.temp, "cp", file, copied)
		return spent.Wall, err
	}}
	all := contest{nowhere, toFile, cp}
	if err := all.run(b.runs); err != nil {
		return err
	}
	all.addTo(b.table)
	b.claims.atMost("4 gigapixels: resident memory", "%.0f MB", 300, float64(median(peaks))/1e6)
	b.claims.atMost(fmt.Sprintf("4 gigapixels to a file (%.0f MB) relative to cp", float64(last.Bytes)/1e6), "%.2f times", 1.3,
		toFile.perPixel()/cp.perPixel())
	return nil
}

// settle removes a file, if it has a name and exists, and waits until the disk has what was written before.
// Otherwise each run would pay for the one before it.
func (b *composer) settle(ctx context.Context, path string) error {
	if path != "" {
		if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	_, _, err := start(ctx, b.temp, "sync")
	return err
}
